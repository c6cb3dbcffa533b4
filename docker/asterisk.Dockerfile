# Asterisk 22 LTS. Only Debian's unstable suite has a package of it.
#   docker build -f docker/asterisk.Dockerfile -t cadencia-asterisk docker
FROM debian:sid-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends asterisk asterisk-core-sounds-es-wav asterisk-core-sounds-en-wav \
    && rm -rf /var/lib/apt/lists/* /etc/asterisk/* \
    # The same numbers as in the engine's image: the two share configuration, sounds and recordings.
    && groupmod --gid 10001 asterisk && usermod --uid 10001 --gid 10001 asterisk \
    && install -d -o asterisk -g asterisk /etc/asterisk /var/lib/asterisk/agi-bin /var/lib/asterisk/keys \
        /var/log/asterisk/cdr-csv /var/run/asterisk /var/spool/asterisk/monitor/cadencia /usr/share/asterisk/sounds/cadencia \
    && chown -R asterisk:asterisk /var/lib/asterisk /var/log/asterisk /var/run/asterisk /var/spool/asterisk
USER asterisk
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["asterisk", "-rx", "core waitfullybooted"]
ENTRYPOINT ["asterisk", "-f"]
