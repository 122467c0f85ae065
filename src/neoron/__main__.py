"""`python -m neoron`."""

import sys

from neoron.cli import main

sys.exit(main())
