"""The keys that sign access tokens: published, active, retiring, gone."""
