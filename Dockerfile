# The notebook editor in a container, for the folder one is in:
#
#   docker build -t chainrule .
#   docker run --rm -it --init -p 127.0.0.1:8888:8888 -v "$PWD:/course" chainrule
#
# It prints an address with a token, new at each start; open that. `-e CHAINRULE_TOKEN=…` gives one of your own. Whoever
# has the token runs programs in the container: leave 127.0.0.1 in -p unless others shall.

FROM node:24-bookworm-slim AS package
WORKDIR /chainrule
COPY . .
RUN npm ci --no-audit --no-fund \
  && npm run build:lab \
  && npm pack --ignore-scripts --pack-destination / \
  && mv /chainrule-*.tgz /chainrule.tgz

FROM node:24-bookworm-slim AS installed
COPY --from=package /chainrule.tgz /
RUN npm install --prefix /opt/chainrule --no-audit --no-fund /chainrule.tgz

FROM node:24-bookworm-slim
COPY --from=installed /opt/chainrule /opt/chainrule
RUN mkdir /course && chown node:node /course
ENV PATH=/opt/chainrule/node_modules/.bin:$PATH
USER node
WORKDIR /course
EXPOSE 8888
STOPSIGNAL SIGTERM
ENTRYPOINT ["chainrule"]
CMD ["lab", "--ip", "0.0.0.0", "--port", "8888", "--no-browser"]
