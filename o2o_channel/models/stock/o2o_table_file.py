from odoo import api, models


class O2oTableFile(models.AbstractModel):
    """A record that came as a CSV or XLSX file, kept in its field ``content``."""

    _name = "o2o.table.file"
    _description = "Table in a File"

    def _file_content(self):
        self.ensure_one()
        # the raw file: the field's value would be decoded from base64 twice
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "content"),
                    ("res_id", "=", self.id),
                ],
                limit=1,
            )
        )
        return attachment.raw

    @api.model
    def _file_error_text(self, error):
        texts = {
            "empty": self.env._("The file is empty. Choose a file with rows in it."),
            "too_big": self.env._(
                "The file has %(size)s MB, more than the limit of %(limit)s MB. Divide "
                "it into several files."
            ),
            "type": self.env._(
                "The file is neither CSV nor XLSX. Save it as .xlsx or .csv and upload it "
                "again."
            ),
            "old_excel": self.env._(
                "The file is of an old Excel (.xls). Save it as .xlsx and upload it again."
            ),
            "encoding": self.env._(
                "The text is neither UTF-8 nor GB 18030. Save the file as CSV UTF-8."
            ),
            "csv": self.env._(
                "Line %(line)s of the file is no CSV (%(error)s). Correct it, or save the "
                "file as .xlsx."
            ),
            "missing_columns": self.env._(
                "These columns are missing: %(columns)s. Found in the first row: "
                "%(found)s. Take the template and keep its first row."
            ),
            "repeated_columns": self.env._(
                "These columns stand twice: %(columns)s. Delete one of each."
            ),
            "unknown_columns": self.env._(
                "These columns are not known: %(columns)s. Delete or rename them. Known "
                "are: %(known)s."
            ),
            "too_many_rows": self.env._(
                "The file has more than %(limit)s rows. Divide it into several files."
            ),
        }
        return texts[error.code] % error.parts
