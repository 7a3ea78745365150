#!/bin/sh
# Bundles the third-party browser code once; the results are committed, so
# `cargo build` needs no npm. Run after changing package.json or icons.txt.
# Invariant: the same lock file gives the same bytes.
set -eu
cd "$(dirname "$0")"

npm ci --ignore-scripts --no-audit --no-fund

npx --no-install esbuild entry/preact.mjs --bundle --minify --format=esm --target=es2022 \
  --legal-comments=none --outfile=preact.js

node terminal.mjs
npx --no-install esbuild entry/charts.mjs --bundle --minify --format=esm --target=es2022 \
  --legal-comments=none --outfile=charts.js
npx --no-install esbuild node_modules/uplot/dist/uPlot.min.css --minify --outfile=charts.css

node sprite.mjs icons.txt ../img/icons.svg
node licences.mjs LICENCES.txt
