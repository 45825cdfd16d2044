from __future__ import annotations

from django import template

from staff.devices import device_name
from staff.zones import zone_label

register = template.Library()

register.filter("zone", zone_label)
register.filter("device", device_name)
