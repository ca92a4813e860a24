"""One table from the lines of JSON that the peers and `wasl bench outreach-5` print."""

import json
import sys

HEAD = ["peer", "version", "store", "cases", "transitions/s", "CPU µs", "CPU, times wasl", "bytes a case"]


def values(text):
    """Everything in it: a peer's line, or Wasl's object over several lines."""
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        yield value


def peers_of(value):
    """Wasl's figures, and those of its limit, under the names of the peers'."""
    if "peer" in value:
        return [value]
    if not value["durable"]:
        sys.exit("bench/peers: what Wasl committed may be lost on this server, so nothing is compared")
    return [
        {
            "peer": peer,
            "version": value["version"],
            "store": value["store"],
            "cases": value["cases"],
            "per_s": value[f"{who}_per_s"],
            "cpu_us": value[f"{who}_cpu_us"] if value["all_cpu_counted"] else None,
            "bytes_per_case": value[f"{who}_bytes_per_case"],
        }
        for peer, who in [("wasl", "engine"), ("wasl's limit", "limit")]
    ]


def row(figures, wasl):
    cpu, of_wasl = figures["cpu_us"], wasl.get(figures["store"])
    return [
        figures["peer"],
        figures["version"],
        figures["store"],
        f"{figures['cases']:,}",
        f"{figures['per_s']:,.0f}",
        f"{cpu:.1f}" if cpu else "not seen",
        f"{cpu / of_wasl:.2f}" if cpu and of_wasl else "",
        f"{figures['bytes_per_case']:,.0f}",
    ]


peers = [peer for value in values(sys.stdin.read()) for peer in peers_of(value)]
wasl = {peer["store"]: peer["cpu_us"] for peer in peers if peer["peer"] == "wasl"}
rows = [row(peer, wasl) for peer in sorted(peers, key=lambda peer: (peer["store"], peer["cpu_us"] or 0))]
print("\n".join(f"| {' | '.join(line)} |" for line in [HEAD, ["---"] * len(HEAD), *rows]))
