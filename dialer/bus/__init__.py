"""Events out, orders in: the topics, the bus in memory, the MQTT bus, webhooks, and the relay that empties the outbox.

One process needs only ``MemoryBus``; several meet on ``MqttBus``. Both are ``dialer.ports.EventBus``.
"""

from __future__ import annotations
