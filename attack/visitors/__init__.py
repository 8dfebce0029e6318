"""Those who come to the site: programs, browsers, a crowd, and clients that hold connections."""
