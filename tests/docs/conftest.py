"""The generators of the pages are programs in scripts/; the tests ask them."""

from __future__ import annotations

import sys

from house.tree import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
