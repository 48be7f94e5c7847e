#!/bin/sh
# Makes what compose.prod.yml mounts as secrets, once: what is there already stays as it is.
#
#   SMTP_URL='smtp://user:password@mail.example.com:587' sh docs/ops/compose/secrets.sh
#
# The folder is closed to everybody else; the files in it are not, since containers read them
# without being root. tls_certificate.pem and tls_key.pem are yours to add.
set -eu

folder=${1:-secrets}
# A failure within "$(…)" would go unnoticed, and leave empty passwords that stay.
openssl version >/dev/null

keep() {
    if [ ! -e "$folder/$1" ]; then
        printf '%s\n' "$2" >"$folder/$1"
        chmod 444 "$folder/$1"
    fi
}

is() {
    cat "$folder/$1"
}

chance() {
    openssl rand -hex 32
}

mkdir -p -m 700 "$folder"
[ -e "$folder/smtp_url" ] || keep smtp_url "${SMTP_URL:?is needed once: smtp://user:password@host:587}"
keep postgres_password "$(chance)"
keep redis_password "$(chance)"
keep secret_keys "$(chance)"
keep metrics_secret "$(chance)"
keep alert_webhook_secret "whsec_$(openssl rand -base64 32)"
keep flower_basic_auth "operator:$(chance)"
keep grafana_password "$(chance)"
keep database_url "postgresql://ostiary:$(is postgres_password)@db:5432/ostiary"
keep redis_url "redis://default:$(is redis_password)@redis:6379/0"
keep redis_exporter.json "{\"redis://redis:6379\": \"$(is redis_password)\"}"
