"""Every setting, with what it means. ``.env.example`` is generated from this file: ``cadencia settings example``.

A setting is read from the environment (``CADENCIA_`` in front, ``__`` between the parts of a nested one), then from
``.env`` in the working folder, then from files of that name in ``CADENCIA_SECRETS_DIR``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from dialer.errors import ConfigurationError

Port = Annotated[int, Field(ge=0, le=65535)]


class AmiSettings(BaseModel):
    """Asterisk's manager interface."""

    host: str = Field("127.0.0.1", description="Where Asterisk's manager interface listens.")
    port: Port = Field(5038, description="Its TCP port.")
    username: str = Field("cadencia", description="The manager user, as in manager.conf.")
    secret: str = Field("", description="Its secret. Empty: the one made at first run, in DATA_DIR/secrets.json.")
    connect_timeout_s: float = Field(5.0, gt=0, description="Seconds to wait for the connection and the login.")
    action_timeout_s: float = Field(5.0, gt=0, description="Seconds to wait for the answer to an action.")


class MediaSettings(BaseModel):
    """Our AudioSocket server, to which Asterisk sends the audio of calls being detected."""

    host: str = Field("127.0.0.1", description="Address to listen on; Asterisk must reach it.")
    port: Port = Field(8090, description="TCP port to listen on; 0 takes any free one (embedded Asterisk only).")


class PhoneSettings(BaseModel):
    """Browsers as telephones of agents and supervisors."""

    socket_url: str = Field(
        "ws://127.0.0.1:8088/ws",
        description="Where Asterisk takes SIP over WebSockets, as seen from here; browsers reach it through the "
        "console. Empty: none.",
    )
    media_address: str = Field(
        "", description="The address at which Asterisk takes browsers' media. Empty: any that it has."
    )
    ice_servers: list[str] = Field(
        default=[], description='STUN and TURN servers for browsers behind NAT, as JSON: ["stun:stun.example.org"].'
    )
    media_lost_s: int = Field(
        8, ge=3, le=120, description="Seconds without a packet from a browser after which its call counts as lost."
    )


class TrunkSettings(BaseModel):
    """A way out to the telephone network."""

    dial_string: str = Field(
        "PJSIP/{number}@carrier",
        description="The Asterisk channel to dial. {number} is the E.164 number with +, {digits} the same without.",
    )
    max_lines: int = Field(30, ge=1, le=10_000, description="Most calls on the trunk at once.")
    calls_per_second: float = Field(5.0, gt=0, le=500, description="Most new calls in a second.")
    caller_id: str = Field("", description="Caller id to present, unless the campaign has its own.")

    @field_validator("dial_string")
    @classmethod
    def _names_a_number(cls, value: str) -> str:
        if "{number}" not in value and "{digits}" not in value:
            raise ValueError("must contain {number} or {digits}")
        return value


class ConsoleSettings(BaseModel):
    """The web console."""

    host: str = Field("127.0.0.1", description="Address to listen on. Put a TLS proxy in front before opening it.")
    port: Port = Field(8080, description="TCP port to listen on.")
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Addresses of TLS proxies, comma-separated, that are believed about who asks and whether over TLS.",
    )
    idle_minutes: int = Field(60, ge=1, le=1440, description="Minutes after which an unused session ends.")
    session_hours: int = Field(12, ge=1, le=168, description="Hours after which any session ends.")


class AmdSettings(BaseModel):
    """Answering-machine detection."""

    vosk_model_es: Path | None = Field(None, description="Folder of a Vosk model for Spanish; empty: no words.")
    vosk_model_en: Path | None = Field(None, description="Folder of a Vosk model for English; empty: no words.")
    workers: int = Field(
        2, ge=1, le=64, description="Processes that recognise words, for each language with a model; each loads it."
    )
    recognisers: int = Field(
        10, ge=1, le=500, description="Calls whose words one such process recognises at once; others go without words."
    )
    force_synthetic_words: bool = Field(
        False,
        description="Let the words of a model that learned from a speech program decide about people. Never on a real "
        "trunk: it does not understand them.",
    )
    timing_model: Path | None = Field(
        None, description="Timing model that cadencia amd train has made; empty: the rules alone."
    )
    keep_audio_share: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Share of the answered calls whose first ten seconds are kept for review, where it is allowed. "
        "0: none.",
    )
    keep_audio_days: int = Field(90, ge=1, le=3650, description="Days that they are kept, where no law says longer.")


class MqttSettings(BaseModel):
    """The optional MQTT broker."""

    host: str = Field("", description="Broker to publish events to; empty: none, events stay in the process.")
    port: Port = Field(1883, description="Its TCP port.")
    username: str = Field("", description="User at the broker, if it asks for one.")
    password: str = Field("", description="Password at the broker.")


class WebhookSettings(BaseModel):
    """Where events are sent over HTTP, signed as Standard Webhooks."""

    url: str = Field(description="Address to post to.")
    secrets: list[str] = Field(description="Signing keys, whsec_ and base64; several while a key is being changed.")
    topics: list[str] = Field(default=["+/call.closed"], description="Topics to send, + and # as in MQTT.")


class RecordingSettings(BaseModel):
    """Where recordings come from and go to."""

    spool_dir: Path | None = Field(
        None, description="Folder where Asterisk writes raw recordings, as seen from here. Empty: the embedded one's."
    )
    asterisk_spool_dir: str = Field(
        "/var/spool/asterisk/monitor/cadencia", description="The same folder as Asterisk itself names it."
    )
    library_dir: Path | None = Field(
        None, description="Where finished recordings are kept. Empty: DATA_DIR/recordings."
    )


class VoiceSettings(BaseModel):
    """The voice of recorded messages and self-service flows."""

    command: str = Field(
        "",
        description="Program that speaks: {path} is the WAV file it must write, {voice} its voice; {text}, or standard "
        "input, the words. Empty: espeak-ng.",
    )
    es: str = Field("es-419", description="Its Spanish voice.")
    en: str = Field("en-us", description="Its English voice.")
    recordings_dir: Path | None = Field(
        None, description="Folder with people's recordings, es/NAME.wav, that take the places of spoken sounds."
    )
    sentences_mb: int = Field(
        200,
        ge=0,
        le=100_000,
        description="Most megabytes of whole sentences spoken for calls. 0: none; phrases are put together instead.",
    )


class IvrSettings(BaseModel):
    """Self-service flows on the line."""

    host: str = Field("127.0.0.1", description="Address of our AGI server; Asterisk must reach it.")
    port: Port = Field(8091, description="TCP port to listen on; 0 takes any free one (embedded Asterisk only).")
    flows_dir: Path | None = Field(
        None, description="Folder with flows of your own, NAME.yaml, before those that ship."
    )
    sounds_dir: Path = Field(
        Path("/usr/share/asterisk/sounds/cadencia"),
        description="Folder of the flows' sounds as seen from here: cadencia ivr sounds build FOLDER. Sentences are "
        "spoken into it.",
    )
    asterisk_sounds_dir: str = Field(
        "/usr/share/asterisk/sounds/cadencia", description="The same folder as Asterisk itself names it."
    )


class AuditSettings(BaseModel):
    """The audit trail."""

    checkpoint_records: int = Field(
        1000, ge=1, le=100_000, description="Records after which a signed checkpoint is made."
    )
    checkpoint_every_s: float = Field(
        3600.0, gt=0, description="Seconds after which one is made whatever came, if anything did."
    )
    cdr_file: Path | None = Field(
        None,
        description="Asterisk's Master.csv as seen from here, for the daily reconciliation. Empty: none is done.",
    )
    upkeep_hour: int = Field(
        8, ge=0, le=23, description="Hour of the day, UTC, at which reconciliation and purge are done."
    )
    purge_daily: bool = Field(
        True, description="Whether what no law keeps any longer is deleted each day. Legal holds are always obeyed."
    )


class Settings(BaseSettings):
    """All of it."""

    model_config = SettingsConfigDict(
        env_prefix="CADENCIA_",
        env_nested_delimiter="__",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        secrets_dir=os.environ.get("CADENCIA_SECRETS_DIR"),
    )

    data_dir: Path = Field(
        Path("var"), description="Folder for the database, recordings, secrets, audit key, uploads and speech models."
    )
    database_url: str = Field(
        "", description="SQLAlchemy URL, such as postgresql+asyncpg://user:password@host/db. Empty: SQLite in DATA_DIR."
    )
    database_durability: Literal["normal", "full"] = Field(
        "normal",
        description="SQLite only. normal survives the death of the process at any instant; full a power cut too.",
    )
    packs_dir: Path | None = Field(
        None, description="Folder with rule packs of your own, which add to those that ship. Empty: packs in DATA_DIR."
    )
    language: Literal["es", "en"] = Field("es", description="Language of what the console and the commands say.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    log_format: Literal["console", "json"] = Field("console", description="For people, or for a log collector.")
    ami: AmiSettings = Field(default_factory=AmiSettings)
    media: MediaSettings = Field(default_factory=MediaSettings)
    trunks: dict[str, TrunkSettings] = Field(
        default_factory=lambda: {"default": TrunkSettings()},
        description='Trunks by name, as JSON: {"default": {"dial_string": "PJSIP/{number}@carrier", "max_lines": 30}}.',
    )
    phones: PhoneSettings = Field(default_factory=PhoneSettings)
    console: ConsoleSettings = Field(default_factory=ConsoleSettings)
    amd: AmdSettings = Field(default_factory=AmdSettings)
    mqtt: MqttSettings = Field(default_factory=MqttSettings)
    webhooks: dict[str, WebhookSettings] = Field(
        default_factory=dict,
        description='Webhooks by name, as JSON: {"crm": {"url": "https://...", "secrets": ["whsec_..."]}}.',
    )
    recordings: RecordingSettings = Field(default_factory=RecordingSettings)
    audit: AuditSettings = Field(default_factory=AuditSettings)
    voice: VoiceSettings = Field(default_factory=VoiceSettings)
    ivr: IvrSettings = Field(default_factory=IvrSettings)

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir.resolve() / 'cadencia.sqlite'}"

    @property
    def own_packs(self) -> Path:
        return self.packs_dir or self.data_dir / "packs"

    @property
    def recordings_dir(self) -> Path:
        return self.recordings.library_dir or self.data_dir / "recordings"


def load_settings(**overrides: object) -> Settings:
    """Read the settings. Raises ConfigurationError with one line for each thing that is wrong."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as exc:
        lines = "\n".join(
            f"  CADENCIA_{'__'.join(str(part) for part in error['loc']).upper()}: {error['msg']}"
            for error in exc.errors()
        )
        raise ConfigurationError(f"The settings cannot be used:\n{lines}\nSee .env.example for each of them.") from exc


def render_example(model: type[BaseModel] = Settings, prefix: str = "CADENCIA_") -> str:
    """The text of ``.env.example``: each setting once, commented out, with its meaning and its default."""
    lines: list[str] = []
    if model is Settings:
        lines += ["# Settings of Cadencia. Copy to .env and change what you need. Generated: do not edit.", ""]
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        if isinstance(default, BaseModel):
            lines += [f"# --- {(type(default).__doc__ or '').strip()}"]
            lines += [render_example(type(default), f"{prefix}{name.upper()}__"), ""]
            continue
        if isinstance(default, dict):
            shown = "{" + ",".join(f'"{key}":{value.model_dump_json()}' for key, value in default.items()) + "}"
        else:
            shown = "" if default is None else str(default)
        lines += [f"# {field.description}", f"#{prefix}{name.upper()}={shown}"]
    return "\n".join(lines).rstrip() + ("\n" if model is Settings else "")
