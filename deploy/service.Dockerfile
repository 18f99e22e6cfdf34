# One image for each service, from the root of the checkout:
#   docker build -f deploy/service.Dockerfile --build-arg SERVICE=intake -t banli-intake:dev .
ARG PYTHON_IMAGE=python:3.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG SERVICE
ENV UV_SYSTEM_CERTS=1 UV_PYTHON_DOWNLOADS=never UV_NO_CACHE=1 VIRTUAL_ENV=/banli
RUN python -m venv /uv && /uv/bin/pip install --quiet --no-cache-dir uv==0.13.9 && /uv/bin/uv venv --quiet /banli
WORKDIR /src
# What others wrote changes seldom and has a layer of its own. It is what the lock names, byte for byte:
# a package that the lock does not know, or knows with another hash, ends the build.
COPY requirements.lock pyproject.toml ./
COPY libs/events/pyproject.toml libs/events/
COPY libs/engine/pyproject.toml libs/engine/
COPY services/${SERVICE}/pyproject.toml services/${SERVICE}/
RUN /uv/bin/uv pip compile --quiet --generate-hashes --no-emit-package banli-events --no-emit-package banli-engine \
      -c requirements.lock --no-annotate --no-header -o own.lock services/${SERVICE}/pyproject.toml libs/*/pyproject.toml \
 && grep -o 'sha256:[0-9a-f]*' own.lock | sort -u > wanted && grep -o 'sha256:[0-9a-f]*' requirements.lock | sort -u > known \
 && { test -z "$(comm -23 wanted known)" || { echo "A package is not what requirements.lock names." >&2; exit 1; }; } \
 && /uv/bin/uv pip install --quiet --require-hashes --compile-bytecode -r own.lock
COPY libs/events libs/events
COPY libs/engine libs/engine
COPY services/${SERVICE} services/${SERVICE}
RUN /uv/bin/uv pip install --quiet --no-deps --compile-bytecode ./libs/events ./libs/engine ./services/${SERVICE} \
 && ln -s banli-${SERVICE} /banli/bin/service

FROM ${PYTHON_IMAGE}
ENV PATH=/banli/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    BANLI_HTTP=0.0.0.0:8000 BANLI_LOG=json BANLI_FILES=/var/lib/banli/files
RUN install -d -m 0700 -o 10001 -g 10001 /var/lib/banli
COPY --from=build /banli /banli
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-ISc", \
  "import socket as s; c = s.create_connection(('127.0.0.1', 8000), 3); c.send(b'GET /readyz HTTP/1.0\\r\\n\\r\\n'); raise SystemExit(b' 200 ' not in c.recv(64))"]
CMD ["service"]
