"""Long histories of a department: what is taken in step by step is what is derived anew."""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.truth.machine import Facts

pytestmark = [pytest.mark.faults, pytest.mark.timeout(7200), pytest.mark.django_db]
EXAMPLES, STEPS = 120, 60


def test_long_histories() -> None:
    long = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Facts, settings=long)
    sys.stdout.write(f"histories: {EXAMPLES} of up to {STEPS} steps, facts as derived anew after every look\n")
