# One image for every role: docker run flashwire ingest | classify | desk | gateway
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/flashwire
ENV PATH=/opt/flashwire/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# First what changes seldom.
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY alerts alerts
COPY consumers consumers
RUN pip install --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent flashwire
COPY --from=build /opt/flashwire /opt/flashwire
ENV PATH=/opt/flashwire/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Relative paths (.env, ALERTS_RULES, ALERTS_FEEDS) start here; mount files into it.
WORKDIR /etc/flashwire
USER 10001:10001
ENTRYPOINT ["alerts"]
CMD ["--help"]
