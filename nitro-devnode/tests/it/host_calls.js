{
    stack: [],
    open: [],
    nests: ["call_contract", "delegate_call_contract", "static_call_contract"],

    hostio(info) {
        info.args = toHex(info.args);
        info.outs = toHex(info.outs);
        if (this.nests.includes(info.name)) {
            const { address, steps } = this.open.pop();
            Object.assign(info, { address, steps });
        }
        this.open.push(info);
    },

    enter(frame) {
        const names = {
            CALL: "evm_call_contract",
            DELEGATECALL: "evm_delegate_call_contract",
            STATICCALL: "evm_static_call_contract",
            CREATE: "evm_create1",
            CREATE2: "evm_create2",
            SELFDESTRUCT: "evm_self_destruct",
        };
        const steps = [];
        this.open.push({ address: toHex(frame.getTo()), steps, name: names[frame.getType()] });
        this.stack.push(this.open);
        this.open = steps;
    },

    exit(result) {
        this.open = this.stack.pop();
    },

    result() {
        return this.open;
    },

    fault() {
        return this.open;
    },
}
