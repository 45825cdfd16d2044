"""Who works in the demo department."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from core.demo import DemoLogin, remember_demo_logins
from staff.enums import Role
from staff.models import User


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    name: str
    roles: Sequence[Role]
    phone: str


PEOPLE = (
    Person("anna", "Анна Ким", [Role.AM], "+7 495 000-00-11"),
    Person("ilya", "Илья Носов", [Role.AM], "+7 495 000-00-12"),
    Person("maria", "Мария Пак", [Role.AM, Role.GROWTH], "+7 495 000-00-13"),
    Person("timur", "Тимур Ахметов", [Role.AM], "+7 495 000-00-14"),
    Person("vera", "Вера Соболева", [Role.AM], "+7 495 000-00-15"),
    Person("gleb", "Глеб Орлов", [Role.AM], "+7 495 000-00-16"),
    Person("fedora", "Федора Лунина", [Role.FEEDBACK], "+7 495 000-00-21"),
    Person("grisha", "Григорий Фомин", [Role.GROWTH], "+7 495 000-00-22"),
    Person("dasha", "Дарья Белова", [Role.DOCUMENTS], "+7 495 000-00-23"),
    Person("tolya", "Анатолий Рябов", [Role.TECHNICAL], "+7 495 000-00-24"),
    Person("katya", "Екатерина Зимина", [Role.COORDINATOR], "+7 495 000-00-25"),
    Person("sergey", "Сергей Лапин", [Role.SALES], "+7 495 000-00-31"),
    Person("stas", "Станислав Юдин", [Role.SALES], "+7 495 000-00-32"),
    Person("olga", "Ольга Волкова", [Role.HEAD], "+7 495 000-00-01"),
    Person("admin", "Администратор", [Role.ADMIN], ""),
)
MANAGERS = tuple(person.username for person in PEOPLE if Role.AM in person.roles)


def hire_everybody(passwords: dict[str, str]) -> dict[str, User]:
    return {
        person.username: User.objects.create_user(
            person.username,
            f"{person.username}@department.example",
            passwords.get(person.username),
            name=person.name,
            roles=list(person.roles),
            phone=person.phone,
        )
        for person in PEOPLE
    }


def first_of_each_role() -> dict[Role, Person]:
    """The person who stands for a role when somebody wants to try it; one role's own person comes first."""
    chosen: dict[Role, Person] = {}
    for person in sorted(PEOPLE, key=lambda someone: len(someone.roles)):
        for role in person.roles:
            chosen.setdefault(role, person)
    return chosen


def make_logins() -> dict[str, str]:
    """A password of its own for each log-in of each installation, kept where the installation keeps its secrets."""
    people = first_of_each_role()
    passwords = {person.username: secrets.token_urlsafe(9) for person in people.values()}
    remember_demo_logins(
        [DemoLogin(str(role.label), person.username, passwords[person.username]) for role, person in people.items()]
    )
    return passwords
