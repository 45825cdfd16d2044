"""What a call is about, by the first word of its touch's rule: the function that says what stands beside the script.

Such a function takes ``(touch, user)`` and answers a ``feedback.queries.subjects.CallSubject``, or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

SUBJECTS: Mapping[str, str] = {
    "renewal": "retention.queries.renewals.page.call_subject",
    "exit": "retention.queries.call_subjects.exit_interview",
    "save": "retention.queries.call_subjects.save_call",
    "unexplained": "retention.queries.call_subjects.unexplained",
    "winback": "retention.queries.winbacks.page.call_subject",
    "failed": "retention.queries.attention.call_subject",
    "silence": "retention.queries.attention.call_subject",
    "nocontact": "retention.queries.attention.call_subject",
}
