"""`make attack`: attacks and faults against a site that it starts, and a table of what held."""
