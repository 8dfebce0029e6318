"""Every read of the programme and of the box office that is more than a one-line filter."""
