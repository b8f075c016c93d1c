-- For the questions that retention asks, and for the last good span in front of a long outage.
CREATE INDEX span_good ON span (authority_id, first_us) WHERE jwks_good = 1;
CREATE INDEX span_discovery ON span (discovery_sha256) WHERE discovery_sha256 IS NOT NULL;
CREATE INDEX span_jwks ON span (jwks_sha256) WHERE jwks_sha256 IS NOT NULL;
