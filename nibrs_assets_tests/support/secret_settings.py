"""A value for every secret setting, each with a canary in it that nothing may show."""

CANARY = "canary-in-the-mine"
SECRETS = {
    "NIBRS_WAREHOUSE_URL": f"postgresql://me:{CANARY}@host/db",
    "NIBRS_READER_URL": f"postgresql://reader:{CANARY}@host/db",
    "NIBRS_LOADER_PASSWORD": CANARY,
    "NIBRS_READER_PASSWORD": CANARY,
    "NIBRS_WEBHOOK_URL": f"https://hooks.example/{CANARY}",
    "NIBRS_HASH_KEY": CANARY * 2,
    "NIBRS_DAGSTER_URL": f"postgresql://dagster:{CANARY}@host/dagster",
    "NIBRS_CELERY_URL": f"redis://:{CANARY}@host:6379/0",
}
