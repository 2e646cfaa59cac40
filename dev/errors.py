"""The one exception a user of the set-up sees, and how system errors become it."""

import errno


class SetupError(Exception):
    """Something the person at the keyboard can put right.

    Its text is a sentence that names what is wrong, followed by the remedy.
    """


def explain(error):
    """Return the sentence for an OSError, or None when it has no known remedy."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"The disk is full ({error.filename or 'while writing'}). "
            "Free about 3 GB, or set XDG_CACHE_HOME to a folder on a larger disk, and run the command again."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"No right to write {error.filename}. Make the folder writable for you, "
            "or set XDG_CACHE_HOME and XDG_STATE_HOME to folders that are."
        )
    return None
