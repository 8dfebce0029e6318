# syntax=docker/dockerfile:1
# One image for web, realtime, worker and beat; docker-compose.yml says which of them a container is.

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.txt .
RUN pip install -r requirements.txt

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin marquee \
    && install -d /app && install -d -o marquee -g marquee /app/var
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Static files are part of the image; the values only let the settings load and are used by nothing that runs.
RUN SECRET_KEY=only-while-the-image-is-being-built-0123456789 \
    DATABASE_URL=postgresql://unused/unused REDIS_URL=redis://unused/0 \
    python manage.py collectstatic --noinput
USER marquee
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/api/v1/health/live', timeout=2)"]
CMD ["granian", "--interface", "asginl", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--http", "1", \
     "--no-ws", "--backpressure", "640", "--http1-header-read-timeout", "10000", "--http1-buffer-size", "65536", \
     "--respawn-failed-workers", "--workers-kill-timeout", "10", "config.web:application"]
