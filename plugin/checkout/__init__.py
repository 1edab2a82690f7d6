"""The coupon field."""
