"""What follows the products of the shop."""

import trigger_audit
from tests.suites.shop.models import Product


@trigger_audit.subscribe(Product, name="shop.count")
def count(batch):
    """Nothing: the tests ask how many changes there were."""
