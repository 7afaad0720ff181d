"""The failures that the product promises to survive, and which tests prove it; each named test must exist."""

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent

# A failure, and the tests that bring it about: "file under tests :: test", without its parameters.
FAILURES = {
    "process killed at any instruction": [
        "chaos/test_chaos.py::test_commands_survive_faults_and_kills",
        "fulfilment/test_points.py::test_a_process_that_dies_anywhere_under_any_answer",
        "fulfilment/test_points.py::test_a_real_process_killed_at_a_point_is_found_by_the_next",
        "fulfilment/test_machine.py::test_the_promises_hold_on_every_walk",
        "fulfilment/test_batches.py::test_a_process_that_is_killed_in_the_middle_is_followed_by_the_next",
        "backoffice/test_jobs.py::test_a_job_that_died_is_taken_over_when_its_lease_ends_and_the_death_counts",
    ],
    "answer lost, or the effect comes late": [
        "fulfilment/test_delivery.py::test_an_unclear_answer_is_looked_for_and_sent_again_only_when_it_is_not_there",
        "fulfilment/test_edges.py::test_a_refusal_of_what_an_earlier_try_did_late_is_a_confirmation",
        "fulfilment/test_edges.py::test_money_is_never_sent_again_by_the_machine",
    ],
    "every answer of the table": [
        "fulfilment/test_edges.py::test_each_status_leads_where_the_table_says",
        "fulfilment/test_delivery.py::test_each_answer_leads_where_the_table_says",
        "octopia/test_wire.py::test_what_comes_over_the_wire_is_judged_by_what_may_have_happened",
        "octopia/test_answers.py::test_an_answer_to_a_write_tells_what_to_do_next",
    ],
    "token expired or revoked": [
        "octopia/test_token.py::test_a_write_with_an_expired_token_is_left_to_the_caller_and_the_token_is_replaced",
        "octopia/test_token.py::test_many_callers_with_one_failed_token_fetch_one_new_one",
        "fulfilment/test_delivery.py::test_a_refused_token_rests_the_account",
        "backoffice/test_tokens.py::test_a_renewal_that_fails_leaves_the_token_that_lives_and_tells_the_administrator",
    ],
    "broker flushed, restarted, repeating, deaf; no scheduler or three": [
        "chaos/test_chaos.py::test_other_work_goes_on_after_a_death_and_once_broker_and_database_are_back",
        "fulfilment/test_at_once.py::test_many_workers_at_one_command_send_it_once",
        "backoffice/test_worker.py::test_a_worker_survives_a_broker_that_goes_away_while_a_task_runs",
        "backoffice/test_worker.py::test_due_work_starts_without_scheduler_and_without_broker",
        "backoffice/test_worker.py::test_three_schedulers_and_two_workers_run_a_due_job_once",
        "backoffice/test_limiter.py::test_a_flushed_redis_is_filled_from_the_database",
    ],
    "database restarted, disk full": [
        "chaos/test_chaos.py::test_other_work_goes_on_after_a_death_and_once_broker_and_database_are_back",
        "fulfilment/test_disk_full.py::test_nothing_is_sent_while_the_mark_cannot_be_kept",
        "fulfilment/test_disk_full.py::test_an_answer_that_cannot_be_written_is_looked_for_and_not_sent_again",
        "fulfilment/test_disk_full.py::test_who_asks_meanwhile_reads_a_page_and_asks_again_later",
        "backoffice/test_health.py::test_without_the_database_the_site_is_not_ready_but_alive",
    ],
    "worker paused longer than its lease": [
        "fulfilment/test_points.py::test_a_worker_that_stalls_past_its_lease_doubles_nothing",
        "fulfilment/test_delivery.py::test_a_worker_whose_claim_is_over_sends_nothing",
    ],
    "double click, back button, repeated form": [
        "fulfilment/test_at_once.py::test_a_hundred_presses_of_one_form_make_one_command",
        "fulfilment/test_approval.py::test_a_form_sent_twice_asks_once_and_leads_where_the_first_did",
        "fulfilment/test_shipment.py::test_a_form_sent_twice_asks_once",
        "fulfilment/test_batches.py::test_two_batches_over_the_same_orders_ask_once",
    ],
    "two people, stale page, order changed meanwhile": [
        "fulfilment/test_at_once.py::test_two_people_at_one_order_make_one_open_command_and_the_other_is_told",
        "fulfilment/test_approval.py::test_two_people_one_order_the_other_reads_who_did_what_and_when",
        "fulfilment/test_delivery.py::test_what_was_seen_before_a_change_is_not_sent",
        "fulfilment/test_limits.py::test_two_gestures_at_once_do_not_both_fit_under_what_is_left_of_the_day",
    ],
    "the same done elsewhere while ours is unknown": [
        "fulfilment/test_delivery.py::test_the_same_parcel_declared_elsewhere_is_adopted_not_repeated",
    ],
    "taken and rejected later, or applied in part": [
        "fulfilment/test_edges.py::test_what_was_taken_and_rejected_later_is_told_until_it_was_read",
        "fulfilment/test_edges.py::test_what_is_taken_and_gone_over_there_goes_to_a_person",
    ],
    "poisoned command or order": [
        "fulfilment/test_edges.py::test_a_poisoned_command_keeps_no_other_waiting_and_ends_with_a_person",
        "fulfilment/test_delivery.py::test_a_command_that_ends_three_processes_goes_to_a_person",
        "orders/test_hostile.py::test_five_thousand_hostile_records_spoil_nothing",
    ],
    "page drift, equal stamps, late updates, wrong clocks": [
        "orders/test_drift.py::test_thousands_of_orders_of_one_stamp_under_failures_and_kills",
        "orders/test_drift.py::test_our_clock_may_be_wrong_by_ten_minutes",
        "fulfilment/test_points.py::test_our_clock_may_jump_by_ten_minutes",
        "fulfilment/test_edges.py::test_absent_reads_stay_apart_when_our_clock_jumps_ahead",
        "orders/test_sync.py::test_the_last_minutes_are_read_again",
        "orders/test_sync.py::test_every_fifteenth_run_reads_the_last_hour_again",
    ],
    "two syncs at once, killed in mid-page, backfill beside them": [
        "orders/test_drift.py::test_two_syncs_and_a_backfill_at_once",
        "orders/test_sync.py::test_a_run_that_broke_off_goes_on_where_it_was",
        "orders/test_sync.py::test_two_runs_never_both_move_the_cursor",
    ],
    "older data than known": ["orders/test_mirror.py::test_an_older_reading_is_counted_and_ignored"],
    "empty list or wrong counts for an hour": [
        "orders/test_audit.py::test_an_hour_of_wrong_answers_alerts_and_ends_well",
        "orders/test_audit.py::test_a_difference_seen_twice_is_drift_and_is_repaired",
    ],
    "sync dead": ["orders/test_sync.py::test_the_age_of_the_last_run_is_told"],
    "old and new workers side by side": [
        "fulfilment/test_edges.py::test_what_a_newer_version_put_is_left_to_newer_workers",
        "backoffice/test_jobs.py::test_names_that_this_version_does_not_know_are_left_alone",
    ],
    "old backup restored, installation copied": [
        "fulfilment/test_edges.py::test_a_restored_database_sends_nothing_until_all_was_read_and_an_administrator_agrees",
        "fulfilment/test_delivery.py::test_a_copied_installation_sends_nothing",
    ],
}


@pytest.mark.parametrize("failure", FAILURES)
def test_each_failure_has_its_tests(failure):
    for named in FAILURES[failure]:
        file, _, test = named.partition("::")
        tree = ast.parse((HERE / file).read_text())
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, named
