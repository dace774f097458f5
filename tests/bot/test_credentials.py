"""The secret of an account while it is being renewed."""

from bot.credentials import Credentials
from tests.bot.beginnings import set_up
from tests.bot.linking import link
from tests.bot.town import Town


async def test_a_renewal_under_way_does_not_replace_what_a_new_sign_in_brought(town: Town) -> None:
    account = await link(town, await set_up(town), "main")
    credentials = Credentials(town.office.store, account.id)
    async with credentials.renewing() as renewal:
        async with town.office.store.write() as tx:
            await tx.save_account(account, "of the new sign-in")
        await renewal.replace("of the old sign-in, renewed")
    assert await credentials.secret() == "of the new sign-in"
    assert await Credentials(town.office.store, account.id).secret() == "of the new sign-in"
