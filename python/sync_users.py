"""Makes roles and users of the FAB auth manager what the program declares: sync_users.py MARK JSON...

Each JSON declares a role, {"role": "analyst", "permissions": [...], "created": [...]}, or a user, {"user": "ann", "roles": [...],
"active": true, "email": ..., "firstName": ..., "lastName": ..., "password": FILE}, where FILE is a key of a mounted Secret.
MARK is a role without permissions that every user gets whom this script creates. A user with the mark who is not declared is
deactivated, so users that somebody made by hand are left alone. Who is deactivated loses the roles as well: before FAB 3.9 a token
is accepted until it expires, whether its user is active or not.

A round is one transaction, and only one script at a time has a round: the lock is the row of the role Admin, so it ends with the
connection. A round does what it can and tells the rest: a mistake of one user must not keep another one active.
"""

import json
import os
import sys
import time

WEBSITE = "can_read on Website"  # `airflow sync-perm` gives it to every role, because nobody can see the UI without it
OF_A_DAG = ("DAG:", "DAG Run:")
DEFAULTS = ("admin", "airflow", "password", "changeme")
EVENT = "declared_users"
WAIT = 600
PERIOD = 5


class Later(Exception):
    """Something that the migration Job has still to write."""


class Wrong(Exception):
    """Something that only a person can mend."""


def split(permission):
    action, _, resource = permission.partition(" on ")
    return action, resource


def dag_of(resource):
    """The DAG whose permissions a resource holds; None for a resource of all DAGs."""
    return next((resource[len(prefix):] for prefix in OF_A_DAG if resource.startswith(prefix)), None)


def password_of(user):
    """The password from the Secret, or why it can't be one. The message never has the value."""
    file = user["password"]
    secret = f"the key {os.path.basename(file)} of the Secret {os.path.basename(os.path.dirname(file))}"
    try:
        with open(file, encoding="utf-8") as opened:
            value = opened.read()
    except FileNotFoundError:
        raise Later(secret) from None
    except UnicodeDecodeError:
        raise Wrong(f"{secret} is no text in UTF-8") from None
    if not value.strip():
        raise Wrong(f"{secret} is empty")
    if value != value.strip():
        raise Wrong(f"{secret} begins or ends with a space or a line break, which nobody types at a login; write it without, as `printf` does")
    if value.lower() in (*DEFAULTS, user["user"].lower()):
        raise Wrong(f"{secret} is the name of the user or a default that everybody knows; write another one")
    return value


class Round:
    """One look at the database, and what has to change there."""

    def __init__(self, manager, session, mark):
        self.manager, self.session, self.mark = manager, session, mark
        self.changes, self.problems, self.later, self.new_passwords = [], [], [], []

    def find(self, model, **by):
        from sqlalchemy import select

        return self.session.scalars(select(model).filter_by(**by)).unique().one_or_none()

    def lock(self):
        """Waits for another script. Logins go on: they take no lock that this one excludes."""
        from sqlalchemy import func, select

        role = self.manager.role_model
        found = self.session.execute(select(role.id).where(role.name == "Admin").with_for_update(key_share=True)).first()
        if found is None or not self.session.scalar(select(func.count()).select_from(role).join(role.permissions).where(role.name == "Admin")):
            raise Later("the roles of Airflow, which `airflow sync-perm` of the migration Job writes")

    def apply(self, roles, users):
        self.lock()
        for role in roles:
            self.attempt(f"role {role['role']}", self.role, role)
        for user in users:
            self.attempt(f"user {user['user']}", self.user, user)
        self.deactivate({user["user"].lower() for user in users})
        self.commit()

    def attempt(self, what, change, declared):
        try:
            change(declared)
        except Later as missing:
            self.later.append(f"{what}: {missing}")
        except Wrong as mistake:
            self.problems.append(f"{what}: {mistake}")

    def role(self, declared):
        name = declared["role"]
        role = self.find(self.manager.role_model, name=name)
        if "permissions" not in declared:
            if role is None:
                raise Wrong("it has no 'permissions' in the program, and the database has no role of that name; make the role in the UI, or declare its permissions")
            return
        names = {WEBSITE, *declared["permissions"], *declared["created"]}
        wanted = {name: found for name in names if (found := self.permission(*split(name), name in declared["created"]))}
        if role is None:
            role = self.manager.role_model(name=name)
            self.session.add(role)
            self.changes.append(f"created role {name}")
        current = {f"{found.action.name} on {found.resource.name}": found for found in role.permissions if found.action and found.resource}
        extra = {permission for permission in current.keys() - names if not self.of_dag_code(split(permission)[1])}
        added = wanted.keys() - current.keys()
        if extra or added:
            role.permissions = [*(current[permission] for permission in current.keys() - extra), *(wanted[permission] for permission in added)]
            signs = [*(f"+{permission}" for permission in sorted(added)), *(f"-{permission}" for permission in sorted(extra))]
            self.changes.append(f"changed role {name}: {', '.join(signs)}")
        self.session.flush()
        if missing := sorted(names - wanted.keys()):
            raise Later(f"the permissions {', '.join(missing)}, which the migration Job has not written yet or the FAB provider of the image does not have")

    def of_dag_code(self, resource):
        """Whether the `access_control` of a DAG decides its permissions. Airflow writes them whenever that DAG changes."""
        from airflow.models.serialized_dag import SerializedDagModel

        dag_id = dag_of(resource)
        row = dag_id and SerializedDagModel.get(dag_id, session=self.session)
        return bool(row) and any(name.endswith("access_control") and value for name, value in row.data["dag"].items())

    def permission(self, action_name, resource_name, create):
        """The permission; None where it is Airflow's to create and it is not there."""
        manager = self.manager
        action, resource = self.find(manager.action_model, name=action_name), self.find(manager.resource_model, name=resource_name)
        found = action and resource and self.find(manager.permission_model, action_id=action.id, resource_id=resource.id)
        if found or not create:
            return found
        if action is None:
            action = manager.action_model(name=action_name)
        if resource is None:
            resource = manager.resource_model(name=resource_name)
        made = manager.permission_model(action=action, resource=resource)
        self.session.add(made)
        self.session.flush()
        return made

    def user(self, declared):
        """Does what it can, so that a role that is taken away is gone whatever else is wrong."""
        from sqlalchemy import func, select

        model, name = self.manager.user_model, declared["user"]
        user = self.session.scalars(select(model).where(func.lower(model.username) == name.lower())).unique().first()
        if user is None and not declared["active"]:
            return
        found = {role: self.find(self.manager.role_model, name=role) for role in declared["roles"]}
        roles = [role for role in found.values() if role is not None]
        facts = {"email": declared["email"], "first_name": declared["firstName"], "last_name": declared["lastName"], "active": declared["active"]}
        password, wrong, later = None, [], sorted(f"the role {role}" for role, there in found.items() if there is None)
        try:
            password = password_of(declared) if "password" in declared else None
        except Wrong as mistake:
            wrong.append(str(mistake))
        except Later as missing:
            later.append(str(missing))
        other = self.find(model, email=declared["email"])
        if other is not None and other is not user:
            del facts["email"]
            wrong.append(f"the user {other.username} has the email {declared['email']}; give this user another one, or change that user in the UI")
        if user is not None:
            self.change(user, roles, facts, password)
        elif not wrong and not later:
            self.create(model(username=name, **facts), roles, password)
        self.session.flush()
        if wrong:
            raise Wrong("; ".join(wrong))
        if later:
            raise Later(", ".join(later))

    def create(self, user, roles, password):
        mark = self.find(self.manager.role_model, name=self.mark) or self.manager.role_model(name=self.mark)
        user.roles = [*roles, mark]
        user.password = self.hashed(password) if password else None
        self.session.add(user)
        self.changes.append(f"created user {user.username} with {', '.join(role.name for role in roles) or 'no role'}")

    def change(self, user, roles, facts, password):
        marks = [role for role in user.roles if role.name == self.mark]
        changed = [name for name, value in facts.items() if getattr(user, name) != value]
        for name in changed:
            setattr(user, name, facts[name])
        if {role.id for role in user.roles} != {role.id for role in [*roles, *marks]}:
            user.roles = [*roles, *marks]
            changed.append("roles")
        if password and not self.has_password(user, password):
            user.password = self.hashed(password)
            self.new_passwords.append(user)
            changed.append("password")
        if changed:
            self.stamp(user, f"changed user {user.username}: {', '.join(changed)}")

    def stamp(self, user, change):
        from datetime import datetime

        user.changed_on = datetime.now()
        self.changes.append(change)

    def has_password(self, user, password):
        from werkzeug.security import check_password_hash

        return bool(user.password) and check_password_hash(user.password, password)

    def hashed(self, password):
        from werkzeug.security import generate_password_hash

        return getattr(self.manager, "_hash_password", generate_password_hash)(password)

    def deactivate(self, declared):
        model, role = self.manager.user_model, self.manager.role_model
        from sqlalchemy import select

        for user in self.session.scalars(select(model).where(model.roles.any(role.name == self.mark)).order_by(model.id)).unique():
            if user.active and user.username.lower() not in declared:
                user.active = False
                user.roles = [held for held in user.roles if held.name == self.mark]
                self.stamp(user, f"deactivated user {user.username}, who is not declared any more")

    def commit(self):
        """Ends the sessions of users with another password, which may commit by itself, so everything else is written before."""
        from airflow.models.log import Log

        for change in self.changes:
            self.session.add(Log(event=EVENT, owner=self.mark, extra=change))
        self.session.flush()
        for user in self.new_passwords:
            self.manager.reset_user_sessions(user)
        self.session.commit()


def rounds(builder, mark, roles, users):
    """Rounds until everything is as declared; the status of the script."""
    from sqlalchemy.exc import DBAPIError, IntegrityError

    manager = builder.sm
    # FAB 5 has another name for it.
    session = getattr(builder, "session", None) or builder.get_session
    until, said = time.monotonic() + WAIT, None
    while True:
        a_round = Round(manager, session, mark)
        try:
            a_round.apply(roles, users)
            told = a_round.changes
        except Later as missing:
            told, a_round.later = [], [str(missing)]
        except IntegrityError as error:
            # Somebody wrote the same at the same moment, such as the migration Job or a plugin. The next round finds it there.
            told, a_round.later = [], [f"another process that wrote the same: {str(error.orig).splitlines()[0]}"]
        except DBAPIError as error:
            # Not the whole error: it has the parameters of the query, and with them hashes of passwords.
            print(f"the database failed: {str(error.orig).strip().splitlines()[0]}", flush=True)
            return 1
        session.rollback()
        for line in told:
            print(line, flush=True)
        if a_round.problems or (a_round.later and time.monotonic() > until):
            print("\n".join(["not done:", *(f"  {line}" for line in [*a_round.problems, *a_round.later])]), flush=True)
            return 1
        if not a_round.later:
            print(f"{len(roles)} roles and {len(users)} users are as declared", flush=True)
            return 0
        if a_round.later != said:
            said = a_round.later
            print("\n".join(["waiting for:", *(f"  {line}" for line in said)]), flush=True)
        time.sleep(PERIOD)


def main(mark, *declared):
    facts = [json.loads(text) for text in declared]
    roles, users = ([fact for fact in facts if kind in fact] for kind in ("role", "user"))

    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        return rounds(builder, mark, roles, users)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
