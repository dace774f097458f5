"""A process whose keys are not those of its database learns it before it serves."""

import pytest

from adapters.storage import SqlStore, Vault, WrongKey, open_store
from tests.contracts.store_samples import a_person
from tests.stores import KEY, enqueue, prepare_jobs


async def test_keys_that_fit_are_taken_and_others_are_refused(database: str) -> None:
    prepare_jobs(database)
    store = open_store(database, vault=Vault([KEY]), enqueue=enqueue)
    await store.try_keys()
    async with store.write() as tx:
        await tx.save_person(a_person())
    await store.try_keys()
    await store.close()

    strange = open_store(database, vault=Vault([Vault.new_key()]), enqueue=enqueue)
    with pytest.raises(WrongKey):
        await strange.try_keys()
    await strange.close()

    newer = open_store(database, vault=Vault([Vault.new_key(), KEY]), enqueue=enqueue)
    await newer.try_keys()
    await newer.close()


async def test_what_an_adapter_keeps_is_tried_too(store: SqlStore, database: str) -> None:
    async with store.write() as tx:
        await tx.save_record("slack.installation", "slack/T1", "token")

    strange = open_store(database, vault=Vault([Vault.new_key()]), enqueue=enqueue)
    with pytest.raises(WrongKey):
        await strange.try_keys()
    await strange.close()
