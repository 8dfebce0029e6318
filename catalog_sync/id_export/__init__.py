"""TMDB's daily id export: reading it, and the films of it that wait for their details."""
