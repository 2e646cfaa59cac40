import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const PAUSE = 1500; // ms before the camera takes the same code again
const FORMATS = ["ean_13", "ean_8", "upc_a", "upc_e", "code_128", "code_39", "qr_code"];

const keyOf = (store) => `o2o_count_${store}`;

/**
 * Counting a store's stock: typing, a keyboard scanner (Enter adds one) or the phone's
 * camera. What was counted is kept in the browser until it is declared, so that a
 * search, another page or an empty battery loses nothing. Without this script the
 * page's form declares what was typed all the same.
 */
export class O2oCount extends Interaction {
    static selector = ".o_o2o_count";
    dynamicContent = {
        ".o_o2o_scan_code": { "t-on-keydown": this.onKeydown },
        ".o_o2o_scan_camera": { "t-on-click": this.toggleCamera },
        ".o_o2o_scan_undo": { "t-on-click": this.undo },
        ".o_o2o_count_clear": { "t-on-click": this.clear },
        _root: { "t-on-input": this.onInput, "t-on-submit": this.onSubmit },
    };

    setup() {
        this.store = this.el.dataset.store;
        this.steps = [];
        this.counted = JSON.parse(localStorage.getItem(keyOf(this.store)) || "{}");
        this.field = this.el.querySelector(".o_o2o_scan_code");
        this.video = this.el.querySelector(".o_o2o_scan_video");
        this.registerCleanup(() => this.stopCamera());
    }

    start() {
        for (const product of Object.values(this.counted)) {
            this.inputOf(product).value = product.quantity;
        }
        this.total();
        if (matchMedia("(pointer: fine)").matches) {
            this.field.focus(); // a phone would open its keyboard over the page
        }
    }

    /** The field of a product's quantity; a row of its own when the page has none. */
    inputOf(product) {
        const known = this.el.querySelector(`input[name="quantity-${product.id}"]`);
        if (known) {
            return known;
        }
        const template = this.el.querySelector(".o_o2o_counted_row");
        const row = template.content.firstElementChild.cloneNode(true);
        row.querySelector(".o_o2o_name").textContent = product.name;
        row.querySelector(".o_o2o_sku").textContent = product.sku;
        const input = row.querySelector("input");
        Object.assign(input.dataset, { id: product.id, name: product.name, sku: product.sku });
        input.name = `quantity-${product.id}`;
        this.el.querySelector(".o_o2o_counted").append(row);
        return input;
    }

    set(product, quantity) {
        this.inputOf(product).value = quantity;
        if (quantity === "") {
            delete this.counted[product.id];
        } else {
            this.counted[product.id] = { ...product, quantity, at: Date.now() };
        }
        localStorage.setItem(keyOf(this.store), JSON.stringify(this.counted));
        this.total();
    }

    total() {
        const count = Object.keys(this.counted).length;
        this.el.querySelector(".o_o2o_count_total").textContent = count || "";
        this.el.querySelector(".o_o2o_scan_undo").disabled = !this.steps.length;
    }

    say(text, isProblem = false) {
        const says = this.el.querySelector(".o_o2o_scan_says");
        says.textContent = text;
        says.classList.toggle("text-danger", isProblem);
    }

    onInput(ev) {
        const input = ev.target;
        if (input.matches(".o_o2o_quantity")) {
            const { id, name, sku } = input.dataset;
            this.set({ id, name, sku }, input.value.trim());
        }
    }

    onKeydown(ev) {
        if (ev.key !== "Enter") {
            return;
        }
        ev.preventDefault(); // a scanner's Enter must not send the form
        const code = this.field.value.trim();
        this.field.value = "";
        if (code) {
            this.scan(code);
        }
    }

    /** Scans come faster than answers; each waits for the one before. */
    scan(code) {
        this.queue = (this.queue || Promise.resolve()).then(() => this.add(code));
        return this.queue;
    }

    async add(code) {
        let answer;
        try {
            answer = await rpc(`/my/o2o/stock/${this.store}/find`, { code });
        } catch {
            this.say(_t("No connection. “%s” was not counted; scan it again.", code), true);
            return;
        }
        if (answer.problem) {
            this.say(answer.problem, true);
            return;
        }
        const product = answer.product;
        if (product.tracked) {
            this.say(_t("%s is counted by serial or lot number. Use a file.", product.name), true);
            return;
        }
        const before = this.inputOf(product).value.trim();
        const quantity = String((Number(before) || 0) + 1);
        this.steps.push({ product, before });
        this.el.querySelector("input[name=source]").value = "scan";
        this.set(product, quantity);
        navigator.vibrate?.(40);
        this.say(`${product.name}: ${quantity}`);
    }

    undo() {
        const step = this.steps.pop();
        if (step) {
            this.set(step.product, step.before);
            this.say(_t("%s: undone", step.product.name));
        }
        this.total();
        this.field.focus();
    }

    clear() {
        for (const product of Object.values(this.counted)) {
            this.set(product, "");
        }
        this.el.querySelector(".o_o2o_counted").replaceChildren();
        this.steps = [];
        this.total();
        this.say(_t("Nothing is counted now."));
    }

    /** Say how long ago each was counted: what moved since is the server's to know. */
    onSubmit() {
        for (const [id, product] of Object.entries(this.counted)) {
            const age = document.createElement("input");
            age.type = "hidden";
            age.name = `age-${id}`;
            age.value = Math.max(0, Math.round((Date.now() - product.at) / 1000));
            this.el.append(age);
        }
    }

    async toggleCamera() {
        if (this.stream) {
            this.stopCamera();
            return;
        }
        if (!("BarcodeDetector" in window) || !navigator.mediaDevices) {
            this.say(
                _t("This browser can't scan with the camera. Use a scanner, or type the code and press Enter."),
                true
            );
            this.field.focus();
            return;
        }
        try {
            const known = await window.BarcodeDetector.getSupportedFormats();
            const formats = FORMATS.filter((name) => known.includes(name));
            this.detector = new window.BarcodeDetector(formats.length ? { formats } : undefined);
            this.stream = await navigator.mediaDevices.getUserMedia({
                video: { facingMode: "environment" },
            });
        } catch {
            this.stopCamera();
            this.say(
                _t("The camera can't be used. Allow it for this page, or type the code and press Enter."),
                true
            );
            return;
        }
        this.video.srcObject = this.stream;
        this.video.classList.remove("d-none");
        await this.video.play();
        this.say(_t("Hold a barcode before the camera."));
        this.look();
    }

    /** One look after the other; the same code counts again after a pause. */
    async look() {
        const stream = this.stream;
        while (stream && this.stream === stream) {
            const codes = await this.detector.detect(this.video).catch(() => []);
            const code = codes[0]?.rawValue;
            const isNew = code !== this.lastCode || Date.now() - this.lastAt > PAUSE;
            if (code && isNew) {
                [this.lastCode, this.lastAt] = [code, Date.now()];
                await this.scan(code);
            }
            await new Promise((done) => setTimeout(done, 150));
        }
    }

    stopCamera() {
        this.stream?.getTracks().forEach((track) => track.stop());
        this.stream = null;
        this.video.srcObject = null;
        this.video.classList.add("d-none");
    }
}

/** What was declared need not be kept any more. */
export class O2oCountDone extends Interaction {
    static selector = ".o_o2o_counted_done";

    start() {
        localStorage.removeItem(keyOf(this.el.dataset.store));
    }
}

/** A long file: show how far it is, and the outcome when it is done. */
export class O2oProgress extends Interaction {
    static selector = ".o_o2o_progress";

    start() {
        const timer = setInterval(() => this.ask(), 3000);
        this.registerCleanup(() => clearInterval(timer));
    }

    async ask() {
        const url = `/my/o2o/stock/declarations/${this.el.dataset.id}/progress`;
        const { state, progress } = await rpc(url);
        if (state !== "running") {
            window.location.reload();
            return;
        }
        const bar = this.el.querySelector(".progress-bar");
        bar.style.width = bar.textContent = `${progress}%`;
    }
}

const interactions = registry.category("public.interactions");
interactions.add("o2o_channel.count", O2oCount);
interactions.add("o2o_channel.count_done", O2oCountDone);
interactions.add("o2o_channel.progress", O2oProgress);
