"""A schema as scripts build it, and every other statement bound against it, by DacFx."""

from __future__ import annotations

import re

from tsql_check.comparing import Comparing
from tsql_check.folding import MODULES, Folding, _object
from tsql_check.renaming import Renaming
from tsql_check.runtime import CannotRun, Finding, net
from tsql_check.syntax import _dynamic, _flatten, _name, _pad, _parse, _procedure

# DacFx knows the catalogue views and system procedures only with a master.dacpac, which is not here.
SYSTEM = re.compile(r"\[(sys|information_schema)\]\.|\[dbo\]\.\[(sp|xp)_|\[#", re.I)
PROBE = "probe"
NAMES = re.compile(r"(?i)\b(SELECT|INSERT|UPDATE|DELETE|MERGE|TRUNCATE|EXEC|EXECUTE|ALTER|CREATE|GRANT|DENY)\b|@")


class Chain(Folding, Renaming, Comparing):
    """A database schema built by running scripts in order: add() each, then finish()."""

    def __init__(self, target=150):
        if net().missing:
            raise CannotRun(net().missing)
        from Microsoft.SqlServer.Dac.Model import SqlServerVersion, TSqlModel, TSqlModelOptions
        self.target = target
        version = getattr(SqlServerVersion, f"Sql{target}", None)
        if version is None:
            raise CannotRun(f"this DacFx has no --target {target}")
        self.model = TSqlModel(version, TSqlModelOptions())
        self.service = net().private(self.model, "_service")
        net().private(self.service, "SetThrowOnModelErrors", False)
        self.printer = getattr(net().dom, f"Sql{target}ScriptGenerator")()
        self.docs, self.known, self.opaque, self.findings = {}, set(), set(), []
        self.blind = False  # the batch has run SQL that is not seen
        self.unchecked = set()  # modules changed since the last validation (one costs 0.5 ms an object)

    # -- the model

    def _put(self, key, text):
        self.model.AddOrUpdateObjects(text, key, None)

    def _errors(self):
        found = [(e.SourceName, e) for e in net().private(self.service, "GetModelErrors")]
        ignored = net().system.Array[net().system.String]([])
        found += [((e.Document or "").removeprefix("MSSQL::"), e)
                  for e in net().private(self.service, "GetModelValidationErrors", ignored)]
        for key, e in found:
            if not SYSTEM.search(e.Message) and not any(o in e.Message.lower() for o in self.opaque):
                yield key, e.Line, e.Column, e.ErrorCode, str(e.Severity).lower(), e.Message

    def _report(self, file, line, column, code, severity, message, oracle="DacFx"):
        self.findings.append(Finding(file, line, column, code, severity, message, oracle))

    def _check(self, touched=None):
        """Report what became wrong; a module that is not `touched` may be repaired later (None: all)."""
        if touched is not None:
            touched = self.unchecked.union(touched)
        self.unchecked, now = set(), set()
        for key, line, column, code, severity, message in self._errors():
            now.add((key, code, message))
            doc = self.docs.get(key)
            late = touched is not None and key not in touched and doc and _name(doc.ast).endswith(MODULES)
            if doc and not late and (key, code, message) not in self.known:
                self.known.add((key, code, message))
                self._report(doc.file, *(doc.at or (line, column)), f"SQL{code}", severity, message)
        self.known &= now

    # -- scripts

    def add(self, text, file="<text>", parameters=""):
        script, errors = _parse(text, file, self.target)
        self.findings += errors
        if not errors:
            source = text.encode("utf-16-le")  # ScriptDom counts UTF-16 units
            for batch in script.Batches:
                self._batch(batch, source, file, parameters)
            if self.unchecked:
                self._check(self.unchecked)
        return self

    def finish(self):
        self._check()
        return self.findings

    def _batch(self, batch, source, file, parameters):
        def text_of(start, end):
            return source[2 * start:2 * end].decode("utf-16-le", "replace")

        units = list(_flatten(batch.Statements))
        schema = [s for s, _ in units if self._folds(s)]
        body, at = "", batch.StartOffset
        for s in schema:  # schema statements are folded, so they leave the text that is bound
            end = s.StartOffset + s.FragmentLength
            body += text_of(at, s.StartOffset) + "RETURN;" + re.sub(r"[^\r\n]", " ", text_of(s.StartOffset, end))
            at = end
        body += text_of(at, batch.StartOffset + batch.FragmentLength)
        bound = any(s not in schema for s in batch.Statements) and NAMES.search(body)

        def bind():
            if not bound:
                return []
            head = f"CREATE PROCEDURE [dbo].[__tsql_check] {parameters} AS\n"
            self._put(PROBE, head + _pad(batch.StartLine, batch.StartColumn, body))
            found = [e[1:] for e in self._errors() if e[0] == PROBE]
            self.model.DeleteObjects(PROBE)
            return found

        before = bind()
        self.blind = False
        for s, conditional in units:
            where = (file, s.StartLine, s.StartColumn)
            dynamic = _dynamic(s)
            if s in schema:
                self._fold(s, conditional, file, text_of(s.StartOffset, s.StartOffset + s.FragmentLength))
            elif dynamic == "":
                self.blind = True
                self._report(*where, "dynamic", "note", "SQL text built at run time is not checked", "fold")
            elif dynamic:
                self.add(dynamic[0], file, dynamic[1])
            elif _name(s) == "Execute" and _procedure(s.ExecuteSpecification.ExecutableEntity) == "sp_rename":
                self._rename(s, *where)
            elif getattr(s, "Into", None) is not None:
                self.opaque.add("[{}].[{}]".format(*_object(s.Into).split(".", 1)))
        deferred = (71502, 71005)  # an absent object's name is resolved when its statement runs
        after = {e[2:] for e in bind()} if any(e[2] in deferred for e in before) else set()
        before = [e for e in before if e[2] not in deferred or e[2:] in after]
        messages = "\n".join(e[4] for e in before)
        absent = set(re.findall(r"reference to object (\[[^\]]*\]\.\[[^\]]*\])\.$", messages, re.M))
        for line, column, code, _, message in before:
            if not any(f"{name}.[" in message for name in absent):  # the columns of an absent table
                message = message.replace("SqlProcedure: [dbo].[__tsql_check] ", "", 1)
                self._report(file, line - 1, column, f"SQL{code}", "error", message)
