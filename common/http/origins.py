"""Origins of other sites whose pages may call the API."""

from urllib.parse import urlsplit

from environs import ValidationError


def are_origins(values: list[str]) -> None:
    """Validate the origins of a setting: exact ones only, as each may act with the cookies of our visitors."""
    for value in values:
        try:
            parts = urlsplit(value)
            exact = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            exact = False
        if not exact or value != f"{parts.scheme}://{parts.netloc}" or set(value) & set("*@ ") or not value.islower():
            raise ValidationError(
                f"{value!r} is no origin: write each as https://app.example, without a path or a slash at the end, "
                "and separate them by commas."
            )
