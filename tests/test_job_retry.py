"""Scheduled actions that meet other transactions on the same rows."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from .support.kill import connect, watcher

# What is known of a store and a category that no evidence speaks for: the job drops it.
KNOWN = """
    INSERT INTO o2o_stock_trust (warehouse_id, categ_id, company_id, trust)
    SELECT w.id, c.id, w.company_id, 1 FROM stock_warehouse w, product_category c
     WHERE w.dealer_id IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM o2o_stock_trust t WHERE t.warehouse_id = w.id AND t.categ_id = c.id)
     ORDER BY w.id, c.id LIMIT 1 RETURNING id
"""
RUN = """
job = env.ref("o2o_channel.ir_cron_o2o_trust")
outcome = job.method_direct_trigger()
env.cr.commit()
env.invalidate_all()
result = [outcome is True, job.failure_count]
"""
BLOCKED = "SELECT COUNT(*) FROM pg_stat_activity \
    WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_a_job_that_meets_a_change_is_run_again(odoo, fresh_db):
    database = fresh_db()
    with closing(connect(odoo, database)) as other, watcher(odoo, database) as count:
        with other, other.cursor() as cursor:
            cursor.execute(KNOWN)
            (known,) = cursor.fetchone()
        cursor = other.cursor()
        cursor.execute("UPDATE o2o_stock_trust SET trust = 0.5 WHERE id = %s", [known])
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(odoo.shell, database, RUN)
            limit = time.monotonic() + 120
            while not count(BLOCKED):
                assert not job.done(), "the job didn't meet the change"
                assert time.monotonic() < limit, "it does not get on"
                time.sleep(0.05)
            other.commit()
            assert job.result() == [True, 0]
        assert not count(f"SELECT COUNT(*) FROM o2o_stock_trust WHERE id = {known}")
