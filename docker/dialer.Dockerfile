# The engine and its console. Build from the project's folder:
#   docker build -f docker/dialer.Dockerfile -t cadencia .
FROM debian:trixie-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY dialer dialer
COPY pacing pacing
COPY ivr_flows ivr_flows
COPY agent_console agent_console
COPY recordings recordings
COPY asterisk asterisk
RUN python3 -m venv /opt/cadencia && /opt/cadencia/bin/pip install --no-cache-dir '.[postgres]'

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 espeak-ng ffmpeg sox libatomic1 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 cadencia && useradd --uid 10001 --gid 10001 --no-create-home cadencia \
    && install -d -o cadencia -g cadencia /var/lib/cadencia /etc/asterisk /srv/sounds
COPY --from=build /opt/cadencia /opt/cadencia
COPY docker/prepare.py /opt/cadencia/prepare.py
ENV CADENCIA_DATA_DIR=/var/lib/cadencia CADENCIA_LOG_FORMAT=json PATH=/opt/cadencia/bin:$PATH
USER cadencia
WORKDIR /var/lib/cadencia
VOLUME /var/lib/cadencia
EXPOSE 8080 8090
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD \
    ["python3", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('CADENCIA_CONSOLE__PORT', '8080') + '/healthz', timeout=2)"]
# SIGTERM drains: calls end by themselves, for up to two minutes. Give it that time before it is killed.
STOPSIGNAL SIGTERM
ENTRYPOINT ["cadencia"]
CMD ["run"]
