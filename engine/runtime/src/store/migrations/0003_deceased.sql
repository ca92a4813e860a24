-- Who is known to be dead, by every identity that a case gives: nobody is contacted there, by any case.
-- A death that was withdrawn keeps its row, with the moment from which it counts no more.

CREATE TABLE deceased (
    identity TEXT NOT NULL,
    case_id BIGINT NOT NULL REFERENCES cases (id),
    at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (identity, case_id)
);
CREATE INDEX deceased_by_case ON deceased (case_id);
