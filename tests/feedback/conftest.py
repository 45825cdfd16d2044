from __future__ import annotations

import pytest

from clients.models import Client, Contact
from staff.enums import Role
from staff.models import User
from tests.factories import make_client, make_contact, make_user


@pytest.fixture
def owner() -> User:
    return make_user(Role.AM, name="Анна Смирнова")


@pytest.fixture
def client_(owner: User) -> Client:
    return make_client(owner, name="ООО «Север»")


@pytest.fixture
def contact(client_: Client) -> Contact:
    return make_contact(client_, name="Максим Орлов", email="max@client.test", greeting="Привет, Макс!")
