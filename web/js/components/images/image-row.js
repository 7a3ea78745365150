// @ts-check
// One image of the list: a line of the table above 768 px, a card below.
import { html, Component } from "../../../vendor/preact.js";
import { narrow } from "../../state.js";
import { bytes, plural, shortId } from "../../format.js";
import { nameOf } from "../../image-filter.js";
import { ImageName } from "../containers/image-name.js";
import { Icon } from "../elements/icon.js";
import { Ago } from "../elements/time.js";
import { openMenu } from "../frame/menu.js";
import { askRemove, createFrom, imageItems, whyKept } from "./acts.js";
import { Use, Users } from "./use.js";

/** What an image without a tag is called beside where it came from. */
export const title = (image) => (image.is_dangling ? `${nameOf(image)}, without a tag` : nameOf(image));

function RowActions({ image, few }) {
  const kept = whyKept(image);
  const name = title(image);
  return html`
    <span class="quick">
      ${few ? html`
        <a class="btn s act-main" href=${createFrom(image)} aria-label=${`New container from ${name}`}>
          <${Icon} name="plus" />
          New container
        </a>
      ` : (
        !narrow.value && html`
          <span class="quick-rest">
            <a
              class="btn quiet icon s"
              href=${createFrom(image)}
              title="New container"
              aria-label=${`New container from ${name}`}
            >
              <${Icon} name="plus" />
            </a>
            <button
              type="button"
              class="btn quiet icon s"
              disabled=${Boolean(kept)}
              title=${kept || "Remove"}
              aria-label=${`Remove ${name}`}
              onClick=${() => askRemove(image)}
            >
              <${Icon} name="trash-2" />
            </button>
          </span>
        `
      )}
      <button
        type="button"
        class="btn quiet icon s"
        data-more
        title="More"
        aria-label=${`More for ${name}`}
        aria-haspopup="menu"
        aria-expanded="false"
        onClick=${(event) => openMenu(event.currentTarget, imageItems(image))}
      >
        <${Icon} name="ellipsis-vertical" />
      </button>
    </span>
  `;
}

export class ImageRow extends Component {
  shouldComponentUpdate(next) {
    return ["image", "index", "cursor", "selected", "shared", "few", "dense", "off"].some(
      (name) => next[name] !== this.props[name],
    );
  }

  render({ image, index, cursor, selected, shared, few, dense, choose, show }) {
    const pick = (event) => choose(image.id, event.target.checked, event.shiftKey);
    const more = image.tags.slice(1);
    return html`
      <div
        class=${`row-item ${cursor ? "cursor" : ""} ${selected ? "selected" : ""}`}
        role="row"
        aria-rowindex=${index + 2}
        aria-selected=${selected ? "true" : undefined}
      >
        <div class="c-pick" role="cell">
          <label>
            <input
              type="checkbox"
              aria-label=${`Select ${title(image)}`}
              checked=${selected}
              onClick=${pick}
            />
          </label>
        </div>
        <div class="c-name" role="cell">
          <button
            type="button"
            class="link-name mono"
            aria-haspopup="dialog"
            aria-label=${`Details of ${title(image)}`}
            onClick=${() => show(image.id)}
          >
            <${ImageName} image=${nameOf(image)} />
          </button>
          <span class="clip sub" title=${more.join("\n") || undefined}>
            ${image.is_dangling ? html`<span class="tag plain-tag">no tag</span>` : ""}
            ${dense && image.tags.length > 0 ? html`<span class="mono">${shortId(image.id)}</span>` : ""}
            ${more.length > 0 ? html`
              <span>
                also ${more[0]}
                ${more.length > 1 ? ` and ${plural(more.length - 1, "other")}` : ""}
              </span>
            ` : (
              ""
            )}
          </span>
        </div>
        <div class="c-use" role="cell">
          <${Use} image=${image} />
          <${Users} image=${image} />
        </div>
        <div class="c-size" role="cell">
          ${bytes(image.size_bytes)}
          ${!few && shared !== undefined && html`
            <span class="sub" title="Of its layers, what other images on this host have too">
              ${shared > 0 ? `${bytes(shared)} shared` : "nothing shared"}
            </span>
          `}
        </div>
        ${!few && html`
          <div class="c-made sub" role="cell">
            <${Ago} at=${image.created_at} none="unknown" />
          </div>
        `}
        ${!few && html`
          <div class="c-platform sub" role="cell">
            <span class="clip">${image.platform ?? ""}</span>
          </div>
        `}
        <div class="c-act" role="cell">
          <${RowActions} image=${image} few=${few} />
        </div>
      </div>
    `;
  }
}
