"""The one schedule table: what is looked after, by which function, how often. Order is the order of a run."""

from __future__ import annotations

from datetime import timedelta

from core.sweeps import Sweep

SWEEPS: tuple[Sweep, ...] = (
    Sweep("core.forget_sweep_runs", "core.services.forget_sweep_runs", timedelta(hours=6)),
    Sweep(
        "clients.mark_overdue_handoffs",
        "clients.services.handoffs.mark_overdue_handoffs",
        timedelta(seconds=30),
    ),
    Sweep("core.forget_submitted_forms", "core.services.forget_submitted_forms", timedelta(hours=6)),
    Sweep("clients.take_over_orphans", "clients.services.take_over_orphans", timedelta(minutes=1)),
    Sweep("work.plan_follow_ups", "work.services.plan_follow_ups", timedelta(seconds=30)),
    Sweep("work.plan_thanks", "work.services.plan_thanks", timedelta(seconds=30)),
    Sweep("feedback.plan_surveys", "feedback.services.plan_surveys", timedelta(seconds=30)),
    Sweep("feedback.send_surveys", "feedback.services.send_surveys", timedelta(seconds=60)),
    Sweep("retention.open_renewals", "retention.services.renewals.open_renewals", timedelta(minutes=1)),
    Sweep("retention.plan_save_calls", "retention.services.save_calls.plan_save_calls", timedelta(minutes=1)),
    Sweep("retention.plan_interviews", "retention.services.interviews.plan_interviews", timedelta(minutes=10)),
    Sweep("retention.ask_unexplained", "retention.services.unexplained.ask_unexplained", timedelta(hours=1)),
    Sweep("retention.watch_attention", "retention.services.attention.watch_attention", timedelta(minutes=1)),
    # Both after the one above, which passes on for whom something happened.
    Sweep("retention.keep_leaving", "retention.services.leaving.keep_leaving", timedelta(minutes=1)),
    Sweep("retention.refresh_signals", "retention.services.renewals.refresh_signals", timedelta(minutes=1)),
    Sweep("retention.count_renewals", "retention.services.renewals.count_renewals", timedelta(minutes=1)),
    Sweep("retention.add_up_leaving", "retention.services.tallies.add_up_leaving", timedelta(minutes=1)),
    Sweep("interchange.run_waiting_imports", "interchange.services.run_waiting_imports", timedelta(seconds=10)),
    Sweep("reports.refresh_facts", "reports.services.refresh_facts", timedelta(seconds=30)),
    Sweep("reports.add_up_work", "reports.services.tally.add_up_work", timedelta(minutes=1)),
    Sweep("reports.raise_alerts", "reports.services.morning.raise_alerts", timedelta(hours=1)),
    Sweep("reports.send_morning_letters", "reports.services.morning.send_morning_letters", timedelta(minutes=5)),
    # Delivery of letters stays last, so that one run sends what the sweeps above it have just written.
    Sweep("gateways.deliver_due", "gateways.services.deliver_due", timedelta(seconds=10)),
)
