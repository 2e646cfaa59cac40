"""Databases of the environment's PostgreSQL, with the files that Odoo keeps for them."""

import os
import shutil
import subprocess

from dev.errors import SetupError
from dev.postgres import external

REMEDY = (
    "Check PGHOST, PGPORT, PGUSER and PGPASSWORD, and that this role may create databases; "
    "or unset them to have a PostgreSQL of this checkout's own."
)
NO_AUTOVACUUM = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT oid::regclass FROM pg_class
                 WHERE relkind = 'r' AND relnamespace = current_schema::regnamespace LOOP
        EXECUTE 'ALTER TABLE ' || name || ' SET (autovacuum_enabled = off)';
    END LOOP;
END $$
"""


class Databases:
    """Create, clone and drop databases together with their filestore."""

    def __init__(self, environment):
        self.environment = environment

    def check_server(self):
        """Fail with the remedy when the server can't be used."""
        self.query("postgres", "SELECT 1")
        role = self.query("postgres", "SELECT current_user")
        if role == "postgres":
            raise SetupError(
                "Odoo refuses to work as the PostgreSQL role 'postgres'. "
                "Create another role (createuser --createdb o2o) and name it in PGUSER."
            )
        allowed = self.query(
            "postgres",
            "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user",
        )
        if allowed != "t":
            raise SetupError(
                f"The PostgreSQL role {role!r} may not create databases. Allow it: ALTER ROLE {role} CREATEDB."
            )

    def query(self, name, sql):
        """Return what psql prints for one statement, unaligned and without titles."""
        return self._tool(
            "psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", name, "-c", sql
        ).strip()

    def names(self):
        """Return the names of all databases."""
        return self.query("postgres", "SELECT datname FROM pg_database").splitlines()

    def exists(self, name):
        """Say whether the database is there."""
        return name in self.names()

    def create(self, name):
        """Create an empty database in which Odoo sorts as it does by itself."""
        self._tool("createdb", "-E", "UTF8", "-T", "template0", "--lc-collate=C", name)

    def clone(self, source, name):
        """Make `name` a copy of `source`, replacing what was there."""
        self.drop(name)
        self._tool("createdb", "-T", source, name)
        files = self.filestore(source)
        if files.exists():
            # Odoo never changes a stored file, it only adds and removes: links are enough.
            shutil.copytree(files, self.filestore(name), copy_function=_link)

    def keep_statistics(self, name):
        """Have no table of this database counted or cleaned up by PostgreSQL by itself.

        It would count no rows where a long transaction hasn't committed them, and plan
        for empty tables: a query of a millisecond then takes seconds.
        """
        self.query(name, NO_AUTOVACUUM)

    def rename(self, source, name):
        """Give a database and its files another name."""
        self.query("postgres", f'ALTER DATABASE "{source}" RENAME TO "{name}"')
        if self.filestore(source).exists():
            self.filestore(source).rename(self.filestore(name))

    def drop(self, name):
        """Remove the database and its files; nothing happens when it isn't there."""
        self._tool("dropdb", "--if-exists", "--force", name)
        shutil.rmtree(self.filestore(name), ignore_errors=True)

    def dump(self, name, folder):
        """Write the database and its files into `folder`."""
        self._tool(
            "pg_dump",
            "-Fc",
            "-Z",
            "1",
            "--no-owner",
            "-f",
            str(folder / "db.dump"),
            name,
        )
        if self.filestore(name).exists():
            shutil.copytree(self.filestore(name), folder / "filestore")

    def restore(self, folder, name):
        """Make a database from what `dump` wrote."""
        self.drop(name)
        self.create(name)
        self._tool(
            "pg_restore", "--no-owner", "-j", "2", "-d", name, str(folder / "db.dump")
        )
        if (folder / "filestore").exists():
            shutil.copytree(folder / "filestore", self.filestore(name))

    def filestore(self, name):
        """Return the folder of a database's files."""
        return self.environment.data_dir / "filestore" / name

    def _tool(self, *command):
        result = subprocess.run(
            command,
            env=self.environment.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            words = result.stderr.strip().splitlines()[:1] or ["no message"]
            remedy = (
                REMEDY
                if external()
                else "`make clean` removes this checkout's PostgreSQL so that it is made anew."
            )
            raise SetupError(
                f"PostgreSQL refused `{command[0]}`: {words[0]}\n     {remedy}"
            )
        return result.stdout


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
