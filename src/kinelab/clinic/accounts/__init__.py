"""Who may come in: accounts, passwords, logins, one-time codes, the clinic's own login system, care teams."""
