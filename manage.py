#!/usr/bin/env python
"""Command line of the product: ``manage.py help`` lists what it can do."""

import sys

if __name__ == "__main__":
    from accounting_crm.command_line import main

    sys.exit(main(sys.argv[1:]))
