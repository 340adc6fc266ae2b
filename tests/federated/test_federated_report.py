"""The table of a federated run, against figures worked by hand."""

from __future__ import annotations

from tinykd.federated.report import markdown

FOUND = {
    "task": "kws",
    "dataset": "speech_commands",
    "seed": 3,
    "figure": "accuracy",
    "federated": {"clients": 2, "rounds": 2},
    "examples": {"public": 100, "private": [40, 60], "test": 200},
    "model_bytes": 5000,
    "student_weight_bytes": 12000,
    "rounds": [
        {
            "number": 1,
            "joined": [0],
            "dropped": [],
            "down_bytes": {"0": 20},
            "up_bytes": {"0": 1300},
        },
        {
            "number": 2,
            "joined": [1],
            "dropped": [{"client": 0, "why": "its answer is empty"}],
            "down_bytes": {"0": 1310, "1": 1310},
            "up_bytes": {"0": 6, "1": 1300},
        },
    ],
    "test": {"server": 0.9, "central": 0.95, "alone": {"0": 0.5, "1": 0.7}, "after": {"1": 0.88}},
}


def test_every_figure_stands_where_it_belongs():
    lines = markdown(FOUND).splitlines()
    assert lines[0] == "# Federated distillation: kws on speech_commands, seed 3"
    assert lines[2].startswith("2 clients with 40 to 60 examples of their own, 100 public ones ")
    # Wilson's interval of 180 of 200: centre (0.9 + 1.92/200) / (1 + 3.84/200) = 0.8925, half 0.0416.
    assert "| the server's student | the clients' mean logits | 90.0 % | 85.1 to 93.4 % |" in lines
    assert "| a client alone, mean of 2 | its own examples | 60.0 % | min 50.0, max 70.0 % |" in lines
    assert any(line.startswith("| a client after the rounds, mean of 1 |") for line in lines)
    assert "| 1 | 0 | 20 | 1,300 |  |" in lines
    assert "| 2 | 0 | 1,310 | 6 | dropped: its answer is empty |" in lines
    assert "| 2 | 1 | 1,310 | 1,300 | joined late |" in lines
    assert "In all 2,640 bytes to the clients and 2,606 from them" in lines[-1]
    assert lines[-1].endswith("own weights in float32 are 12,000 bytes.")


def test_without_a_client_after_the_rounds_its_row_is_left_out():
    assert "after the rounds" not in markdown({**FOUND, "test": {**FOUND["test"], "after": {}}})
