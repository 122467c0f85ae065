"""The binary log played on into a restored copy, up to a time; nothing of it reaches the target or another database."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any, cast

from neoron.engines.mysql.faults import NO_RIGHT, code_of, errors, translate
from neoron.engines.mysql.loading import Statement, quieted, statements
from neoron.engines.mysql.programs import Program, find, run
from neoron.engines.mysql.session import server_version
from neoron.engines.roles import Progress, Session
from neoron.engines.url import Url
from neoron.errors import BackupError
from neoron.sql.classify import classify
from neoron.sql.lexer import Kind, Token, tokens
from neoron.sql.quote import quote_identifier, unquote_identifier

_COMMENTS = re.compile(rb"\A(?:\s*(?:/\*(?!M?!).*?\*/|#[^\n]*\n|--[^\n]*\n))*\s*", re.DOTALL)
# What the log sets for its own statements; its places are another server's, or another time's.
_SKIPPED = re.compile(
    r"SET\s.*\b(?:gtid_\w+|server_id|pseudo_slave_mode|pseudo_thread_id)\b|GRANT\b|REVOKE\b|FLUSH\b|ANALYZE\b|OPTIMIZE\b"
    r"|(?:CREATE|ALTER|DROP|RENAME)\s+(?:USER|ROLE)\b|SET\s+PASSWORD\b|SET\s+DEFAULT\s+ROLE\b|DELIMITER\b",
    re.IGNORECASE | re.DOTALL,
)
# MySQL: what a log says of transactions to come is left open until one of these tells whose number the next has.
_GTID_NEXT = re.compile(r"SET\s+@@SESSION\.GTID_NEXT\b", re.IGNORECASE)
_OWN_NUMBER = b"SET @@SESSION.GTID_NEXT = 'AUTOMATIC'"
_REFUSED = re.compile(
    r"(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?(?:DATABASE|SCHEMA)\b|LOAD\b|INSTALL\b", re.IGNORECASE
)
_UNHEARD = re.compile(r"(?:SET|GRANT|REVOKE|FLUSH|DROP\s+DATABASE|CREATE\s+DATABASE)\b", re.IGNORECASE)
_STORED = ("VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT", "PACKAGE")
# The program writes it after the last log, and a few settings after it.
_END, _END_BYTES = b"# End of log file\n", 1000
_NOT_LOGGING = 1381
_BODY = ("AS", "BEGIN", "FOR", "(", "DO", "RETURNS")


def replay(copy: Session, url: Url, place: dict[str, str], back_to: str, *, progress: Progress) -> None:
    """Play what the server logged of the target from a place to a time into the copy's database.

    Units: the log knows seconds: what was written in the very second of the time, or later, is left out.
    Changes: that database only.
    Raises: BackupError when the log is gone, a right is missing, or a statement cannot be played elsewhere.
    Source: MariaDB manual, "mariadb-binlog Options" (rewrite-db, stop-datetime, read-from-remote-server).
    """
    logs, is_mariadb = _logs(copy, place["file"], url), bool(cast(Any, copy).is_mariadb)
    _require_same_log(copy, place, url, is_mariadb=is_mariadb)
    program = find("binlog", server_version(copy), is_mariadb=is_mariadb)
    aside, stop = copy.url.database, datetime.fromisoformat(back_to).astimezone(UTC)
    flags = [
        "--read-from-remote-server", f"--start-position={place['position']}",
        f"--stop-datetime={stop:%Y-%m-%d %H:%M:%S}",
        f"--rewrite-db={url.database}->{aside}",
    ]  # fmt: skip
    # MariaDB's program filters by the name before it turns it, MySQL's by the name after.
    only = f"--database={url.database if is_mariadb else aside}"
    others = {str(name).casefold() for (name,) in copy.query("SELECT schema_name FROM information_schema.schemata")}
    player = _Player(copy, url.database, aside, others - {url.database.casefold(), aside.casefold()})
    with _told(program, [*flags, "--", *logs], url) as lines:
        player.require_all_heard(statements(lines))
    with _told(program, [*flags, only, "--", *logs], url) as lines:
        for number, statement in enumerate(statements(lines), 1):
            player.play(statement)
            progress("playing the binary log", number, 0)


@contextmanager
def _told(program: Program, flags: Sequence[str], url: Url) -> Iterator[IO[bytes]]:
    """What the program writes, in a file without a name."""
    with tempfile.TemporaryFile() as file:

        def take(piece: bytes) -> None:
            file.write(piece)

        run(program, flags, url, take=take, on_line=lambda line: None, meanwhile=lambda is_running: None)
        size = file.tell()
        file.seek(max(0, size - _END_BYTES))
        if _END not in file.read():
            what = "a truncated log" if size else "nothing"
            raise BackupError(f"{program.name} ended well and wrote {what}", where=program.path)
        file.seek(0)
        yield file


def _logs(copy: Session, first: str, url: Url) -> list[str]:
    try:
        names = [str(row[0]) for row in copy.query("SHOW BINARY LOGS")]
    except errors() as error:
        if code_of(error) == _NOT_LOGGING:
            raise BackupError(
                "the server keeps no binary log any more", where=str(url),
                next="restore without --to-time; log_bin = ON is for the backups to come",
            ) from None  # fmt: skip
        message = f"the binary logs cannot be listed: {translate(error).message}"
        raise BackupError(message, where=str(url), next="GRANT BINLOG MONITOR, REPLICATION SLAVE ON *.* TO …") from None
    if first not in names:
        raise BackupError(
            f"the binary log {first}, where the backup was taken, is gone", where=str(url),
            next="restore without --to-time, or choose a newer backup",
        )  # fmt: skip
    return names[names.index(first) :]


def _require_same_log(copy: Session, place: dict[str, str], url: Url, *, is_mariadb: bool) -> None:
    """Refuse a log of the same name that was begun anew, where the backup's place means something else.

    On MySQL that is seen until as many transactions have run again as the backup knew of: their numbers begin anew too.
    Raises: BackupError; the driver's own error.
    Source: MariaDB manual, "BINLOG_GTID_POS", "RESET MASTER"; MySQL manual, "Functions Used with Global Transaction
    Identifiers (GTIDs)".
    """
    if not place["gtid"]:
        return
    if is_mariadb:
        found = copy.query("SELECT BINLOG_GTID_POS(%s, %s)", (place["file"], int(place["position"])))[0][0]
        is_same = set(str(found).split(",")) == set(place["gtid"].split(","))
    else:
        is_same = bool(copy.query("SELECT GTID_SUBSET(%s, @@GLOBAL.gtid_executed)", (place["gtid"],))[0][0])
    if not is_same:
        raise BackupError(
            f"the binary log {place['file']} is not the backup's: the logs were begun anew since",
            where=str(url), next="restore without --to-time, or choose a newer backup",
        )  # fmt: skip


class _Player:
    """Sends the log's statements to one database, with the names in them turned to it."""

    def __init__(self, copy: Session, database: str, aside: str, others: set[str]) -> None:
        self.copy, self.database, self.aside, self.others = copy, database, aside, others
        self._cursor = cast(Any, copy).raw.cursor()

    def require_all_heard(self, found: Iterable[Statement]) -> None:
        """Refuse a log in which another database's session wrote here in words, which no program can filter.

        Raises: BackupError.
        """
        current = self.aside
        for statement in found:
            text = _COMMENTS.sub(b"", statement.text)
            if text.startswith(b"BINLOG"):
                continue
            words = text.decode("utf-8", "surrogateescape")
            if words[:4].lower() == "use ":
                current = unquote_identifier(words[4:].strip(), "mysql")
            elif current != self.aside and self.database in words and not _UNHEARD.match(words):
                names = [unquote_identifier(t.text, "mysql") for t in _qualifiers(list(tokens(words, "mysql")))]
                if self.database in names:
                    raise BackupError(
                        f"a session of the database {current} wrote to {self.database} in words, which cannot be told"
                        " from what it wrote elsewhere", where=f"line {statement.line} of the log",
                        next="restore to a time before it, or without --to-time; binlog_format = ROW has no such gap",
                    )  # fmt: skip

    def play(self, statement: Statement) -> None:
        """Send one statement. Raises: BackupError."""
        text = _COMMENTS.sub(b"", statement.text)
        if text.startswith(b"BINLOG"):
            self._send(text, statement.line)
            return
        words = text.decode("utf-8", "surrogateescape")
        bare = re.sub(r"^/\*M?!\d*\s*", "", words)
        if _GTID_NEXT.match(bare):
            self._send(_OWN_NUMBER, statement.line)
            return
        if not bare or bare.startswith("\\C") or _SKIPPED.match(bare):  # \C tells a client program the character set
            return
        if _REFUSED.match(bare):
            raise BackupError(
                f"the binary log holds `{' '.join(bare.split()[:3])}`, which cannot be played into a copy",
                where=f"line {statement.line} of the log", next="restore to a time before it, or without --to-time",
            )  # fmt: skip
        if self._is_elsewhere(words):
            return
        self._send(quieted(self.turned(words).encode("utf-8", "surrogateescape")), statement.line)

    def _is_elsewhere(self, words: str) -> bool:
        """Whether all tables that a statement names are of other databases."""
        schemas = [name.rpartition(".")[0] for name in classify(words, "mysql").tables]
        return bool(schemas) and all(schema and schema.casefold() in self.others for schema in schemas)

    def turned(self, text: str) -> str:
        """A statement in which the target's name is the copy's. Raises: BackupError when it names another database."""
        found = [t for t in tokens(text, "mysql") if t.kind is not Kind.COMMENT]
        end, pieces = 0, list[str]()
        for token in _qualifiers(found):
            name = unquote_identifier(token.text, "mysql")
            if name.casefold() in self.others:
                message = f"the binary log holds a statement that names the database {name}"
                raise BackupError(message, next="restore to a time before it, or without --to-time")
            if name == self.database:
                pieces += [text[end : token.start], quote_identifier(self.aside, "mysql")]
                end = token.start + len(token.text)
        return "".join([*pieces, text[end:]])

    def _send(self, text: bytes, line: int) -> None:
        try:
            self._cursor.execute(text)
            while self._cursor.nextset():
                pass
        except errors() as error:
            message = f"the binary log cannot be played: {translate(error).message}"
            step = "GRANT BINLOG REPLAY ON *.* TO …" if code_of(error) in NO_RIGHT else ""
            raise BackupError(message, where=f"line {line} of the log", next=step) from None


def _qualifiers(found: list[Token]) -> Iterator[Token]:
    """The names before a dot; in the definition of a stored object only those of its own name.

    What a body names is looked up when it runs, and then the copy has the target's name.
    """
    words = [token.text.upper() for token in found]
    is_stored = words[:1] == ["CREATE"] and any(word in _STORED for word in words[:12])
    for i, token in enumerate(found):
        if is_stored and i > 1 and words[i] in _BODY:
            return
        is_name = token.kind in (Kind.WORD, Kind.IDENTIFIER)
        if is_name and words[i + 1 : i + 2] == ["."] and words[i - 1 : i] != ["."]:
            yield token


