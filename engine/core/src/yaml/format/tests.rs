//! What formatting changes, what it leaves, and that it never changes what a file says.

use super::*;

#[track_caller]
fn check(before: &str, after: &str) {
    let formatted = format("t.yaml", before).unwrap_or_else(|finding| panic!("{finding:?}"));
    assert_eq!(formatted, after, "\n{formatted}");
    assert_eq!(format("t.yaml", &formatted).unwrap(), formatted, "formatting again changes nothing");
}

#[test]
fn mappings_and_lists_are_indented_by_two() {
    check(
        "a:\n    b:\n        - c: 1\n          d: 2\n        -   e\n    f: 3\ng:\n- h\n- - i\n  -  j\n",
        "a:\n  b:\n    - c: 1\n      d: 2\n    - e\n  f: 3\ng:\n  - h\n  - - i\n    - j\n",
    );
}

#[test]
fn brackets_hold_their_content_close_and_commas_and_colons_are_followed_by_one_space() {
    check("a: { b:  1 ,c: [ x,y ] , 'd':2, e: {  } }\n", "a: {b: 1, c: [x, y], 'd': 2, e: {}}\n");
}

#[test]
fn quotes_words_order_and_long_lines_stay() {
    let text = format!("b: 'it''s'\na: \"x\\ny\"\nb2: {}\n", "long ".repeat(60).trim_end());
    check(&text, &text);
}

#[test]
fn values_in_a_column_stay_there_and_others_get_one_space() {
    check(
        "cpr:   x\nkwh:   y\nlong_name: z\nd:     v\nodd:  {a: 1}\n",
        "cpr:   x\nkwh:   y\nlong_name: z\nd:     v\nodd: {a: 1}\n",
    );
    check("ا:    1\nب:    2\nج   :  3\n", "ا:    1\nب:    2\nج: 3\n");
}

#[test]
fn comments_keep_their_column_and_those_on_their_own_lines_go_with_what_they_are_about() {
    check(
        "# top\n\na: 1      # one\nbc: {x:    2} # two\nd:\n    # inside\n    e: 3\n    # behind\nf: 4#no comment\n#end  \n",
        "# top\n\na: 1      # one\nbc: {x: 2}    # two\nd:\n  # inside\n  e: 3\n  # behind\nf: 4#no comment\n#end\n",
    );
}

#[test]
fn spaces_at_the_end_carriage_returns_tabs_and_missing_line_breaks_are_put_right() {
    check("a:\t1  \r\nb: 2\t\r\n\r\n\r\nc: 3\n\n\n", "a: 1\nb: 2\n\n\nc: 3\n");
    check("a: 1", "a: 1\n");
    check("", "");
    check("# only a comment", "# only a comment\n");
}

#[test]
fn texts_over_several_lines_keep_every_letter() {
    check(
        "a:\n    b: |   # why\n         one\n           two \n\n         three\n    c: >-\n        x\n    d: plain\n       goes on \n    e: 'quoted\n\n      goes on'\n",
        "a:\n  b: |     # why\n    one\n      two \n\n    three\n  c: >-\n    x\n  d: plain\n     goes on\n  e: 'quoted\n\n    goes on'\n",
    );
    check(
        "a: |2\n    two more\n  none\nb: |+\n x\n\n\nc: |-\n y\n",
        "a: |2\n    two more\n  none\nb: |+\n  x\n\n\nc: |-\n  y\n",
    );
}

#[test]
fn brackets_over_several_lines_keep_their_lines() {
    check(
        "a:\n    b: [\n        one,   # first\n        two,\n    ]\n    c: {x: 1,\n        y: 2}\n",
        "a:\n  b: [\n      one,     # first\n      two,\n  ]\n  c: {x: 1,\n      y: 2}\n",
    );
}

#[test]
fn anchors_aliases_tags_and_long_keys_stay() {
    check(
        "a: &x   {b: 1}\nc:  *x\nd: !!str   5\n?  k\n:  v\ne: {*x : 1}\n",
        "a: &x {b: 1}\nc: *x\nd: !!str 5\n? k\n: v\ne: {*x : 1}\n",
    );
}

#[test]
fn a_file_that_is_not_yaml_is_left_alone() {
    let finding = format("t.yaml", "a: [1\nb: 2\n").unwrap_err();
    assert_eq!(finding.code, Code::Syntax);
}
