"""Microsoft's T-SQL parser and schema compiler, from a wheel, in this very process.

Three wheels are needed for the files they carry (their Python code is not run), and libicu: mssql-cli has the .NET
Core 2.2 runtime, ScriptDom and DacFx; pythonnet the bridge; pymssql the OpenSSL 1.1 from which that old runtime takes
random numbers (only the compiler needs it).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import dataclasses
import glob
import importlib.util
import os
import re
import sys

PIP = "pip install --no-deps mssql-cli==1.0.0 pythonnet==3.2.1 pymssql==2.4.6"
ICU = "apt-get install -y libicu72"


class CannotRun(Exception):
    """Something this tool needs is not installed."""


@dataclasses.dataclass
class Finding:
    file: str
    line: int
    column: int
    code: str
    severity: str  # error, warning, note
    message: str
    oracle: str  # ScriptDom and DacFx are Microsoft's verdicts; fold is this script's own

    def __str__(self):
        return "{file}:{line}:{column}: {severity} {code} [{oracle}] {message}".format(**vars(self))



_net = None


def _package_dir(name):
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise CannotRun(f"Python package '{name}' is missing; run: {PIP}")
    return next(iter(spec.submodule_search_locations))


def _load_openssl11():
    """Make dlopen("libssl.so.1.1") succeed: .NET Core 2.2 knows no newer OpenSSL."""
    try:
        ctypes.CDLL("libssl.so.1.1")
        return True
    except OSError:
        pass
    try:
        libs = os.path.join(os.path.dirname(_package_dir("pymssql")), "pymssql.libs")
    except CannotRun:
        return False
    crypto, ssl = (glob.glob(f"{libs}/lib{n}-*.so.1.1*") for n in ("crypto", "ssl"))
    if not crypto or not ssl:
        return False
    ctypes.CDLL(crypto[0])
    # The wheel's copy has a mangled SONAME; the loader matches by SONAME, so restore it in memory.
    mangled = os.path.basename(ssl[0]).encode()
    with open(ssl[0], "rb") as f:
        image = f.read().replace(mangled, b"libssl.so.1.1".ljust(len(mangled), b"\0"))
    fd = os.memfd_create("libssl.so.1.1")
    os.write(fd, image)
    ctypes.CDLL(f"/proc/self/fd/{fd}")
    os.close(fd)
    return True


class Net:
    """CoreCLR from the mssql-cli wheel, hosted in this process, with pythonnet on top."""

    def __init__(self):
        if not sys.platform.startswith("linux") or os.uname().machine != "x86_64":
            raise CannotRun("the bundled .NET runtime is for Linux x86_64 only")
        bin_dir = os.path.join(_package_dir("mssqlcli"), "mssqltoolsservice", "bin")
        bridge = os.path.join(_package_dir("pythonnet"), "runtime", "Python.Runtime.dll")
        for path in (bridge, f"{bin_dir}/libcoreclr.so"):
            if not os.path.exists(path):
                raise CannotRun(f"{path} is missing; run: {PIP}")
        icu = re.search(r"\.so\.(\d+)", ctypes.util.find_library("icuuc") or "")
        self.missing = None if icu else f"libicu is missing; run: {ICU}"
        if not self.missing and not _load_openssl11():
            self.missing = f"OpenSSL 1.1 is missing (taken from the pymssql wheel); run: {PIP}"
        if icu:
            os.environ["CLR_ICU_VERSION_OVERRIDE"] = icu[1]
        os.environ["COMPlus_EnableDiagnostics"] = "0"  # noqa: SIM112 - the runtime reads it in this spelling
        properties = {
            "TRUSTED_PLATFORM_ASSEMBLIES": ":".join([*glob.glob(f"{bin_dir}/*.dll"), bridge]),
            "APP_PATHS": bin_dir,
            "NATIVE_DLL_SEARCH_DIRECTORIES": f"{bin_dir}/",
            "System.Globalization.Invariant": "false" if icu else "true",
            "System.GC.Concurrent": "false",
            "System.Runtime.TieredCompilation": "true",  # halves the JIT time of a short run
        }
        n = len(properties)
        names = (ctypes.c_char_p * n)(*(k.encode() for k in properties))
        values = (ctypes.c_char_p * n)(*(v.encode() for v in properties.values()))
        clr, host, domain = ctypes.CDLL(f"{bin_dir}/libcoreclr.so"), ctypes.c_void_p(), ctypes.c_uint()
        entry = ctypes.c_void_p()
        rc = clr.coreclr_initialize(sys.executable.encode(), b"tsql_check", n, names, values,
                                    ctypes.byref(host), ctypes.byref(domain))
        rc = rc or clr.coreclr_create_delegate(host, domain, b"Python.Runtime", b"Python.Runtime.Loader",
                                               b"Initialize", ctypes.byref(entry))
        if rc or ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_int)(entry.value)(b"", 0):
            raise CannotRun(f"the bundled .NET runtime did not start ({rc & 0xFFFFFFFF:#x})")
        import clr as bridge_module
        for name in ("Microsoft.SqlServer.TransactSql.ScriptDom", "Microsoft.SqlServer.Dac",
                     "Microsoft.SqlServer.Dac.Extensions"):
            bridge_module.AddReference(name)
        import Microsoft.SqlServer.TransactSql.ScriptDom as dom
        import System
        self.system, self.dom = System, dom

    def private(self, target, member, *args):
        """Read a non-public field or property, or call a non-public method."""
        flags = self.system.Reflection.BindingFlags
        flags = flags.Instance | flags.Public | flags.NonPublic
        kind = target.GetType()
        found = kind.GetField(member, flags) or kind.GetProperty(member, flags)
        if found is not None:
            return found.GetValue(target)
        method = next(m for m in kind.GetMethods(flags)
                      if m.Name == member and m.GetParameters().Length == len(args))
        return method.Invoke(target, self.system.Array[self.system.Object](list(args)))


def net():
    global _net
    _net = _net or Net()
    return _net
