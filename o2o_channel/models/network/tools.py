"""Helpers that the models of the room share."""

CRON_BATCH = 100
# Who may read the channel's own records. A list of those on a record of Odoo names these
# groups: whoever else reads all fields of an order, contact or store would be refused it.
CHANNEL_STAFF = ",".join(
    f"o2o_channel.o2o_group_{name}"
    for name in ("auditor", "manager", "accountant", "approver")
)


def run_in_batches(model, domain, method):
    """Call ``method`` on batches of the records in ``domain``, a commit after each.

    The method must take its records out of the domain. Stops when the cron's time
    is up; the next run goes on with what is left.
    """
    cron = model.env["ir.cron"]
    while batch := model.search(domain, limit=CRON_BATCH):
        getattr(batch, method)()
        remaining = model.search_count(domain)
        if not cron._commit_progress(len(batch), remaining=remaining):
            return


def add_ids_by_code(model, code_field, fields, data, normalize=str.strip):
    """Give rows of an import the database id of the record that has their code.

    Official tables and dealer lists are imported again and again; they must not
    need the database's own ids to find what they brought the last time.
    Returns ``(fields, data)``, unchanged when the import names records itself.
    """
    if code_field not in fields or "id" in fields or ".id" in fields:
        return fields, data
    column = fields.index(code_field)
    codes = [normalize(row[column] or "") for row in data]
    known = {
        record[code_field]: record.id
        for record in model.with_context(active_test=False).search_fetch(
            [(code_field, "in", [code for code in codes if code])], [code_field]
        )
    }
    rows = [[known.get(code, ""), *row] for code, row in zip(codes, data, strict=True)]
    return [".id", *fields], rows


def categ_path(categ):
    """Ids from the root category down to ``categ``; empty for no category."""
    return tuple(int(part) for part in (categ.parent_path or "").split("/") if part)
