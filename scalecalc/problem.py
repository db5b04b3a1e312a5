"""A question without an answer, told so that the reader can mend it."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns to its caller."""

    ANSWERED = 0
    NO_ANSWER = 1
    WRONG_USAGE = 2
    BAD_DATA = 3
    FINDINGS = 4
    BUG = 70
    INTERRUPTED = 130


class Problem(Exception):  # noqa: N818 - the domain's word; not every problem is an error of the program
    """A question without an answer: a stable code, a message that names the value, a hint that mends it.

    Messages are lower case without a final full stop. `exit_code` tells scripts whose move it is:
    NO_ANSWER for a well-put question, WRONG_USAGE for the command line, BAD_DATA for a file.
    """

    def __init__(
        self, code: str, message: str, hint: str = "", exit_code: ExitCode = ExitCode.WRONG_USAGE
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
