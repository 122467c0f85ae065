"""Two schemas compared by DacFx, and a schema saved as a .dacpac."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile

from tsql_check.runtime import net


class Comparing:
    """The part of a chain that compares it with another one."""

    def dacpac(self, path):
        """Save the schema as a .dacpac (DacFx's own writer fails on this runtime)."""
        writer = net().system.IO.StringWriter()
        model = net().private(self.service, "_model")
        version = net().private(model, "Serialize", writer)
        model = writer.ToString().replace('encoding="utf-16"', 'encoding="utf-8"', 1).encode()
        ns = 'xmlns="http://schemas.microsoft.com/sqlserver/dac/Serialization/2012/02"'
        head, when = '<?xml version="1.0" encoding="utf-8"?>', "2000-01-01T00:00:00.0000000+00:00"
        parts = {
            "[Content_Types].xml": f'{head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                                   '<Default Extension="xml" ContentType="text/xml" /></Types>',
            "model.xml": model,
            "DacMetadata.xml": f"{head}<DacType {ns}><Name>db</Name><Version>1.0.0.0</Version></DacType>",
            "Origin.xml": f"{head}<DacOrigin {ns}><PackageProperties><Version>3.0.0.0</Version>"
                          "<ContainsExportedData>false</ContainsExportedData><StreamVersions>"
                          '<Version StreamName="Data">2.0.0.0</Version></StreamVersions></PackageProperties>'
                          "<Operation><Identity>00000000-0000-0000-0000-000000000000</Identity>"
                          f"<Start>{when}</Start><End>{when}</End><ProductName>tsql_check</ProductName>"
                          f"<ProductVersion>1.0.0.0</ProductVersion><ProductSchema>{ns[7:-1]}</ProductSchema></Operation>"
                          f'<Checksums><Checksum Uri="/model.xml">{hashlib.sha256(model).hexdigest().upper()}'
                          f"</Checksum></Checksums><ModelSchemaVersion>{version}</ModelSchemaVersion></DacOrigin>",
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
            for name, content in parts.items():
                z.writestr(name, content)

    def changes_from(self, old):
        """(operations, publish script) that DacFx needs to turn the schema `old` into this one."""
        from Microsoft.SqlServer.Dac import DacDeployOptions, DacPackage, DacServices
        packages = []
        for chain in (self, old):
            buffer = io.BytesIO()
            chain.dacpac(buffer)
            packages.append(DacPackage.Load(net().system.IO.MemoryStream(buffer.getvalue())))
        options = DacDeployOptions()
        options.DropObjectsNotInSource = options.IgnoreColumnOrder = True
        report = DacServices.GenerateDeployReport(*packages, "db", options)
        operations = []
        for name, items in re.findall(r'<Operation Name="(\w+)">(.*?)</Operation>', report, re.S):
            operations += [f"{name} {value}" for value in re.findall(r'<Item Value="([^"]*)"', items)]
        return operations, DacServices.GenerateDeployScript(*packages, "db", options)
