"""The clinic's store: tables, transactions, migrations, files by their content."""
