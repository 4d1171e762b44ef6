-- What tlseku says, as fields in Wireshark and tshark: tlseku.verdict, tlseku.role, tlseku.serial, tlseku.eku,
-- tlseku.outcome, tlseku.cause, tlseku.flow, at the frames where they show.
--
-- `tlseku wireshark install` puts this file where Wireshark looks for it; tshark takes it with
-- -X lua_script:"$(tlseku wireshark path)". Of the capture that is open tlseku is asked once, at its first packet. Where
-- it cannot be asked (a pipe, a live capture, no tlseku), the comments of `tlseku annotate` say the same. A capture
-- without either stays as it is.
--
-- tlseku.command in the preferences, or the environment variable TLSEKU_COMMAND, says how tlseku is called;
-- tlseku.ask off asks nothing of it; TLSEKU_FILE names the capture where it cannot be found.

local COMMAND = "tlseku"

local proto = Proto("tlseku", "TLS certificates and their Extended Key Usage (tlseku)")

proto.fields.flow = ProtoField.uint32("tlseku.flow", "Flow")
proto.fields.role = ProtoField.string("tlseku.role", "Role")
proto.fields.verdict = ProtoField.string("tlseku.verdict", "Verdict")
proto.fields.serial = ProtoField.string("tlseku.serial", "Serial number")
proto.fields.eku = ProtoField.string("tlseku.eku", "Extended Key Usage")
proto.fields.outcome = ProtoField.string("tlseku.outcome", "Outcome")
proto.fields.cause = ProtoField.string("tlseku.cause", "Cause")
local f = proto.fields

proto.prefs.command = Pref.string("Command", "", "How tlseku is called; empty: as it was installed")
proto.prefs.ask = Pref.bool("Ask tlseku", true, "Run tlseku on the capture that is opened")

local comment = Field.new("frame.comment")
local windows = package.config:sub(1, 1) == "\\"
local NAMES = { "flow", "role", "verdict", "serial", "eku", "outcome", "cause" }

-- Frame number to what is said there, a list of tables; nil until the first packet.
local rows = nil

local function quoted(text)
    if windows then
        return '"' .. text:gsub('"', "") .. '"'
    end
    return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function asked()
    local found = {}
    local command = os.getenv("TLSEKU_COMMAND") or proto.prefs.command
    if command == nil or command == "" then
        command = COMMAND
    end
    local file = os.getenv("TLSEKU_FILE")
    local which
    if file ~= nil and file ~= "" then
        which = quoted(file)
    elseif windows then
        return found
    else
        -- The shell's parent is this program, which has the capture open.
        which = "--pid $PPID"
    end
    local pipe = io.popen(command .. " wireshark frames " .. which .. (windows and " 2>NUL" or " 2>/dev/null"), "r")
    if pipe == nil then
        return found
    end
    for line in pipe:lines() do
        local cells = {}
        for cell in (line .. "\t"):gmatch("(.-)\t") do
            cells[#cells + 1] = cell
        end
        local frame = tonumber(cells[1])
        if frame ~= nil and #cells == #NAMES + 1 then
            local row = {}
            for place, name in ipairs(NAMES) do
                if cells[place + 1] ~= "" then
                    row[name] = cells[place + 1]
                end
            end
            found[frame] = found[frame] or {}
            table.insert(found[frame], row)
        end
    end
    pipe:close()
    return found
end

-- What a comment of `tlseku annotate` says, nil if it is none.
local function of_comment(text)
    local flow, said = text:match("^tlseku flow (%d+): (.*)$")
    if flow == nil then
        return nil
    end
    local row = { flow = flow }
    local role, serial, eku, verdict = said:match("^(%a+) %S+ presents serial (%S+), EKU (.-): (%a+) %- ")
    if role ~= nil then
        row.role, row.serial, row.eku, row.verdict = role, serial, eku, verdict
        return row
    end
    role, verdict = said:match("^(%a+) %S+ presents no certificate: (%a+) %- ")
    if role ~= nil then
        row.role, row.verdict = role, verdict
        return row
    end
    if said:match("^%S+ %-> %S+, ") then
        row.outcome = said:gsub("; hidden: .*$", ""):match(", ([^,]+)$")
    elseif not said:match("^%a+ sends ") and not said:match("^%a+ asks for ") then
        row.cause = said
    end
    return row
end

function proto.init()
    rows = nil
end

function proto.dissector(buffer, pinfo, tree)
    if rows == nil then
        rows = proto.prefs.ask and asked() or {}
    end
    local here = rows[pinfo.number]
    if here == nil and next(rows) == nil then
        for _, info in ipairs({ comment() }) do
            local row = of_comment(info.value)
            if row ~= nil then
                here = here or {}
                table.insert(here, row)
            end
        end
    end
    if here == nil then
        return
    end
    for _, row in ipairs(here) do
        local branch = tree:add(proto)
        for _, name in ipairs(NAMES) do
            if row[name] ~= nil then
                branch:add(f[name], name == "flow" and tonumber(row.flow) or row[name]):set_generated()
            end
        end
        branch:set_generated()
        branch:append_text(", flow " .. row.flow .. (row.verdict and ": " .. row.role .. " " .. row.verdict or ""))
    end
end

register_postdissector(proto)
