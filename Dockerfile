# One image for every service of the desk; the checkout is the program, nothing is published.
FROM python:3.11-slim-bookworm AS build

WORKDIR /build
RUN python -m venv /opt/desk
ENV PATH=/opt/desk/bin:$PATH
COPY pyproject.toml constraints.txt ./
RUN python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")' \
      > requirements.txt \
    && pip install --no-cache-dir --no-input --disable-pip-version-check "$(grep '^torch==' constraints.txt)" -c constraints.txt \
    && pip install --no-cache-dir --no-input --disable-pip-version-check -r requirements.txt -c constraints.txt

FROM python:3.11-slim-bookworm

# LightGBM needs the OpenMP runtime, which the slim image leaves out.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin desk \
    && install -d -o desk -g desk -m 0700 /data /backups

COPY --from=build /opt/desk /opt/desk
WORKDIR /app
COPY --chown=desk:desk . .

ENV PATH=/opt/desk/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/data/numba \
    DESK_DATA_DIR=/data \
    DESK_HOST=0.0.0.0

USER desk
# The chat library writes beside its configuration when it is first imported: once here, so that nothing has to be
# written where a container's file system cannot be.
RUN CHAINLIT_APP_ROOT=/app/chat-ui python -c 'import chainlit.config'
VOLUME /data
EXPOSE 8000
# The first start plays the past before it serves.
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "desk", "up"]
