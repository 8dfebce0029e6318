"""The site that is attacked, with everything outside of it: a store, a mail server, and proxies that can hang."""
