# One image for every process: the command says which. It writes to /tmp alone.
ARG PYTHON=3.11.14-slim-bookworm

FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
RUN python -m venv --without-pip /venv
COPY requirements.txt requirements-dev.txt ./
# setuptools, locked as well, builds and does not stay.
RUN sed -n '/^setuptools==/,/# via/p' requirements-dev.txt > build.txt \
    && pip --python /venv/bin/python install --require-hashes --only-binary :all: \
        -r requirements.txt -r build.txt \
    && rm build.txt requirements.txt requirements-dev.txt
# `--build-arg ARGON2_FOR=avx2`, where every machine that will run the image has that: hashes in
# half the time. Elsewhere libsodium makes them, as without it.
ARG ARGON2_FOR=
COPY requirements-argon2.txt ./
COPY docs/ops/argon2.sh docs/ops/
# hadolint ignore=DL3008
RUN if [ -n "$ARGON2_FOR" ]; then \
        apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev \
        && rm -rf /var/lib/apt/lists/* \
        && sh docs/ops/argon2.sh /venv/bin/python "$ARGON2_FOR"; \
    fi && rm requirements-argon2.txt
COPY api api
COPY ostiary ostiary
COPY tasks tasks
COPY workers workers
COPY docs docs
COPY pyproject.toml README.md ./
# Pages of docs/ are found beside the packages, so these stay where they are.
RUN pip --python /venv/bin/python install --no-deps --no-build-isolation --editable . \
    && pip --python /venv/bin/python uninstall --yes setuptools \
    && python -m compileall -q -j 0 api ostiary tasks workers

FROM python:${PYTHON} AS service
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
USER 10001:10001
EXPOSE 3000 5555 9808
CMD ["gunicorn", "-c", "api/gunicorn.py", "api.wsgi:app"]

# What staging has instead of a mail server: `--target mailbox`, with the locked aiosmtpd.
FROM build AS build-mailbox
COPY requirements-dev.txt ./
RUN sed -n -e '/^aiosmtpd==/,/# via/p' -e '/^atpublic==/,/# via/p' -e '/^attrs==/,/# via/p' \
        requirements-dev.txt > mailbox.txt \
    && pip --python /venv/bin/python install --require-hashes --only-binary :all: -r mailbox.txt

FROM service AS mailbox
COPY --from=build-mailbox /venv /venv
COPY workshop workshop
EXPOSE 1025 8025
CMD ["ostiary", "mailbox", "--host", "0.0.0.0"]

FROM service
